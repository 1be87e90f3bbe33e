# Completion of aws-mfa-process for PowerShell 5.1 and later

# Gives the profiles of the AWS files; with the name of one, its region.
function global:Get-AwsMfaProcessProfile([string] $Of) {
    $config, $credentials = $Env:AWS_CONFIG_FILE, $Env:AWS_SHARED_CREDENTIALS_FILE
    if (-not $config) { $config = Join-Path $HOME '.aws/config' }
    if (-not $credentials) { $credentials = Join-Path $HOME '.aws/credentials' }
    $region = ''
    foreach ($file in $config, $credentials) {
        $file = $file -replace '^~(?=[/\\])', $HOME
        if (-not (Test-Path -LiteralPath $file -PathType Leaf)) { continue }
        $name = ''
        foreach ($line in Get-Content -LiteralPath $file -Encoding UTF8) {
            if ($line -cmatch '^\[(.+)\]') {
                $name = $Matches[1]
                if ($file -eq $config -and $name -cne 'default') {
                    $is = $name -cmatch '^profile\s+(?:"(?<n>.*)"|''(?<n>.*)''|(?<n>\S+))\s*$'
                    $name = if ($is) { $Matches['n'] } else { '' }
                }
                if ($name -and -not $Of) { $name }
            } elseif ($Of -and $name -ceq $Of -and $line -cmatch '^region\s*[=:]\s*(.*?)\s*$') {
                $region = $Matches[1]
            }
        }
    }
    if ($Of) { $region }
}

# made by `make completion`: change nothing here
$global:AwsMfaProcessTable = @{
    '' = @{
        Options = @('-h', '--help', '-V', '--version', '--profile', '--role-arn', '--mfa-serial', '--duration-seconds', '--session-duration-seconds', '--external-id', '--role-session-name', '--source-identity', '--session-tags', '--transitive-session-tags', '--policy-arns', '--policy', '--region', '--mfa-mode', '--mfa-max-age-seconds', '--mfa-process', '--prompt', '--prompt-seconds', '--mfa-refusal-seconds', '--mfa-code', '--no-prompt')
        Takes = ''
        Words = @()
        Values = @{
            '--profile' = @('profile')
            '--mfa-mode' = @('auto', 'session', 'direct')
            '--prompt' = @('auto', 'terminal', 'dialog', 'none')
        }
    }
    'setup' = @{
        Options = @('-h', '--help', '--diff', '--dry-run', '--check', '--undo', '--yes', '--keep-keys', '--no-login', '--mfa-serial', '--make-device', '--seed-to', '--profile', '--names', '--roles', '--sha256', '--accounts', '--mfa-code')
        Takes = 'profiles'
        Words = @()
        Values = @{
            '--profile' = @('profile')
        }
    }
    'login' = @{
        Options = @('-h', '--help', '--all', '--all-roles', '--if-needed', '--min-left', '--role-arn', '--mfa-serial', '--duration-seconds', '--session-duration-seconds', '--external-id', '--role-session-name', '--source-identity', '--session-tags', '--transitive-session-tags', '--policy-arns', '--policy', '--region', '--mfa-mode', '--mfa-max-age-seconds', '--mfa-process', '--prompt', '--prompt-seconds', '--mfa-refusal-seconds', '--mfa-code', '--no-prompt')
        Takes = 'profiles'
        Words = @()
        Values = @{
            '--mfa-mode' = @('auto', 'session', 'direct')
            '--prompt' = @('auto', 'terminal', 'dialog', 'none')
        }
    }
    'logout' = @{
        Options = @('-h', '--help', '--all')
        Takes = 'profiles'
        Words = @()
        Values = @{
        }
    }
    'status' = @{
        Options = @('-h', '--help', '--json', '--watch', '--short')
        Takes = 'profiles'
        Words = @()
        Values = @{
        }
    }
    'doctor' = @{
        Options = @('-h', '--help', '--json', '--fix')
        Takes = 'profile'
        Words = @()
        Values = @{
        }
    }
    'exec' = @{
        Options = @('-h', '--help', '--role-arn', '--mfa-serial', '--duration-seconds', '--session-duration-seconds', '--external-id', '--role-session-name', '--source-identity', '--session-tags', '--transitive-session-tags', '--policy-arns', '--policy', '--region', '--mfa-mode', '--mfa-max-age-seconds', '--mfa-process', '--prompt', '--prompt-seconds', '--mfa-refusal-seconds', '--mfa-code', '--no-prompt', '--keys', '--server', '--read-only', '--nested')
        Takes = 'profile'
        Words = @()
        Values = @{
            '--mfa-mode' = @('auto', 'session', 'direct')
            '--prompt' = @('auto', 'terminal', 'dialog', 'none')
        }
    }
    'console' = @{
        Options = @('-h', '--help', '--federate', '--switch', '--duration', '--print', '--role-arn', '--mfa-serial', '--duration-seconds', '--session-duration-seconds', '--external-id', '--role-session-name', '--source-identity', '--session-tags', '--transitive-session-tags', '--policy-arns', '--policy', '--region', '--mfa-mode', '--mfa-max-age-seconds', '--mfa-process', '--prompt', '--prompt-seconds', '--mfa-refusal-seconds', '--mfa-code', '--no-prompt')
        Takes = 'profile'
        Words = @()
        Values = @{
            '--mfa-mode' = @('auto', 'session', 'direct')
            '--prompt' = @('auto', 'terminal', 'dialog', 'none')
        }
    }
    'whoami' = @{
        Options = @('-h', '--help', '--role-arn', '--mfa-serial', '--duration-seconds', '--session-duration-seconds', '--external-id', '--role-session-name', '--source-identity', '--session-tags', '--transitive-session-tags', '--policy-arns', '--policy', '--region', '--mfa-mode', '--mfa-max-age-seconds', '--mfa-process', '--prompt', '--prompt-seconds', '--mfa-refusal-seconds', '--mfa-code', '--no-prompt', '--account', '--json')
        Takes = 'profile'
        Words = @()
        Values = @{
            '--mfa-mode' = @('auto', 'session', 'direct')
            '--prompt' = @('auto', 'terminal', 'dialog', 'none')
        }
    }
    'export' = @{
        Options = @('-h', '--help', '--role-arn', '--mfa-serial', '--duration-seconds', '--session-duration-seconds', '--external-id', '--role-session-name', '--source-identity', '--session-tags', '--transitive-session-tags', '--policy-arns', '--policy', '--region', '--mfa-mode', '--mfa-max-age-seconds', '--mfa-process', '--prompt', '--prompt-seconds', '--mfa-refusal-seconds', '--mfa-code', '--no-prompt', '--format', '--unset', '--show')
        Takes = 'profile'
        Words = @()
        Values = @{
            '--mfa-mode' = @('auto', 'session', 'direct')
            '--prompt' = @('auto', 'terminal', 'dialog', 'none')
            '--format' = @('env', 'fish', 'powershell', 'cmd', 'dotenv', 'json', 'ini')
        }
    }
    'add' = @{
        Options = @('-h', '--help', '--stdin', '--mfa-serial', '--make-device', '--seed-to', '--write', '--role-arn', '--as', '--yes')
        Takes = 'profile'
        Words = @()
        Values = @{
        }
    }
    'import' = @{
        Options = @('-h', '--help', '--yes', '--keep', '--write', '--undo')
        Takes = 'profiles'
        Words = @()
        Values = @{
        }
    }
    'list' = @{
        Options = @('-h', '--help', '--json')
        Takes = ''
        Words = @()
        Values = @{
        }
    }
    'remove' = @{
        Options = @('-h', '--help', '--yes')
        Takes = 'profile'
        Words = @()
        Values = @{
        }
    }
    'rotate' = @{
        Options = @('-h', '--help', '--deactivate-only')
        Takes = 'profile'
        Words = @()
        Values = @{
        }
    }
    'policy' = @{
        Options = @('-h', '--help', '--format', '--account', '--role', '--user', '--path', '--external-id', '--mfa-age', '--enrol-in-console')
        Takes = ''
        Words = @('list', 'bastion-group', 'self-manage-mfa', 'deny-without-mfa', 'rotate-own-keys', 'role-trust', 'organization-scp', 'agent-guardrail', 'agent-trust')
        Values = @{
            '--format' = @('json', 'terraform', 'cloudformation')
        }
    }
    'audit' = @{
        Options = @('-h', '--help', '--role-arn', '--mfa-serial', '--duration-seconds', '--session-duration-seconds', '--external-id', '--role-session-name', '--source-identity', '--session-tags', '--transitive-session-tags', '--policy-arns', '--policy', '--region', '--mfa-mode', '--mfa-max-age-seconds', '--mfa-process', '--prompt', '--prompt-seconds', '--mfa-refusal-seconds', '--mfa-code', '--no-prompt', '--json', '--csv')
        Takes = 'profile'
        Words = @()
        Values = @{
            '--mfa-mode' = @('auto', 'session', 'direct')
            '--prompt' = @('auto', 'terminal', 'dialog', 'none')
        }
    }
    'shell' = @{
        Options = @('-h', '--help', '--function')
        Takes = ''
        Words = @('bash', 'zsh', 'fish', 'powershell')
        Values = @{
        }
    }
    'sandbox' = @{
        Options = @('-h', '--help', '--demo', '--endpoint-url')
        Takes = ''
        Words = @('code')
        Values = @{
        }
    }
    'help' = @{
        Options = @()
        Takes = ''
        Words = @('setup', 'login', 'logout', 'status', 'doctor', 'exec', 'console', 'whoami', 'export', 'add', 'import', 'list', 'remove', 'rotate', 'policy', 'audit', 'shell', 'sandbox')
        Values = @{
        }
    }
}
# made until here

Register-ArgumentCompleter -Native -CommandName aws-mfa-process -ScriptBlock {
    param($word, $ast, $cursor)
    $words = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor } |
        Select-Object -Skip 1 | ForEach-Object { $_.Extent.Text })
    $command = if ($words -and $words[0] -notlike '-*') { $words[0] } else { '' }
    $table = $global:AwsMfaProcessTable[$command]
    $values = if ($words) { $table.Values[$words[-1]] }
    $named = @($words | Select-Object -Skip 1 | Where-Object { $_ -notlike '-*' }).Count
    $found = if ($values) { $values }
    elseif ($word -like '-*') { $table.Options }
    elseif (-not $words) { $global:AwsMfaProcessTable.Keys | Where-Object { $_ } | Sort-Object }
    elseif ($table.Takes -eq 'profiles' -or -not $named) { @($table.Takes) + @($table.Words) }
    $found | ForEach-Object { if ($_ -in 'profile', 'profiles') { Get-AwsMfaProcessProfile } else { $_ } } |
        Where-Object { $_ -and $_.StartsWith($word) } | Sort-Object -Unique |
        ForEach-Object { if ($_ -match '[^\w./:+=-]') { "'" + $_.Replace("'", "''") + "'" } else { $_ } }
}
