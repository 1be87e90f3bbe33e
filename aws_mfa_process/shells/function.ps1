
# awsp PROFILE [REGION]: use a profile in this shell; awsp -: go back; awsp --off: use none.
function global:awsp {
    param([Parameter(Position = 0)] [string] $Name, [Parameter(Position = 1)] [string] $Region)
    if (-not $Name) {
        if ($Env:AWS_PROFILE) { "$Env:AWS_PROFILE $Env:AWS_REGION".Trim() }
        else { Write-Error 'awsp: no profile is used in this shell' }
        return
    }
    if ($Name -ceq '--off') { $Name = '' }
    elseif ($Name -ceq '-') {
        $Name, $Region = $global:AwsMfaProcessLast
        [Console]::Error.WriteLine("awsp: $(if ($Name) { $Name } else { 'no profile' }) $Region")
    } else {
        if ($Name -cnotin @(Get-AwsMfaProcessProfile)) {
            Write-Error "awsp: there is no profile $Name"
            return
        }
        if (-not $Region) { $Region = Get-AwsMfaProcessProfile $Name }
    }
    $global:AwsMfaProcessLast = $Env:AWS_PROFILE, $Env:AWS_REGION
    # An empty value removes a variable.
    $Env:AWS_PROFILE, $Env:AWS_REGION, $Env:AWS_DEFAULT_REGION = $Name, $Region, $Region
    if (-not $Name) { return }
    if ($Env:AWS_ACCESS_KEY_ID) {
        [Console]::Error.WriteLine('awsp: the keys in the environment would go before the profile: they are gone')
    }
    Remove-Item -ErrorAction Ignore Env:AWS_ACCESS_KEY_ID, Env:AWS_SECRET_ACCESS_KEY,
        Env:AWS_SESSION_TOKEN, Env:AWS_SECURITY_TOKEN, Env:AWS_CREDENTIAL_EXPIRATION, Env:AWS_DEFAULT_PROFILE
}

Register-ArgumentCompleter -CommandName awsp -ParameterName Name -ScriptBlock {
    param($command, $parameter, $word)
    Get-AwsMfaProcessProfile | Where-Object { $_.StartsWith($word) } | Sort-Object -Unique |
        ForEach-Object { if ($_ -match '[^\w./:+=-]') { "'" + $_.Replace("'", "''") + "'" } else { $_ } }
}
