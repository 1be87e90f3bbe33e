# Completion of aws-mfa-process for fish 3 and later

function __aws_mfa_process_profiles -d 'Print the profiles of the AWS files; with the name of one, its region'
    set -l files ~/.aws/config ~/.aws/credentials
    test -z "$AWS_CONFIG_FILE"; or set files[1] $AWS_CONFIG_FILE
    test -z "$AWS_SHARED_CREDENTIALS_FILE"; or set files[2] $AWS_SHARED_CREDENTIALS_FILE
    set -l of_profile '^\[(?|(default)|profile\s+(?|"(.*)"|\'(.*)\'|([^\s"\']\S*))\s*)\].*'
    set -l region
    for i in 1 2
        set -l file (string replace -r '^~(?=/)' -- "$HOME" $files[$i])
        test -r "$file"; or continue
        set -l header $of_profile
        test $i -eq 1; or set header '^\[(.+)\].*'
        if test (count $argv) -eq 0
            set -l names (string replace -rf -- $header '$1' <$file)
            set -q names[1]; and printf '%s\n' $names
            continue
        end
        set -l name
        for line in (string match -r -- '^(?:\[.+\]|region\s*[=:].*)' <$file)
            if set -l value (string match -r -- '^region\s*[=:]\s*(.*?)\s*$' $line)
                test "$name" = "$argv[1]"; and set region $value[2]
            else
                set name (string replace -rf -- $header '$1' $line)
            end
        end
    end
    test (count $argv) -eq 0; or printf '%s\n' "$region"
end

function __aws_mfa_process_at -d 'Tell whether a command stands on the line, and no other one behind --'
    set -l words (commandline -opc)
    set -l command
    test (count $words) -gt 1; and not string match -q -- '-*' $words[2]; and set command $words[2]
    test "$command" = "$argv[1]"; and not contains -- -- $words
end

function __aws_mfa_process_behind -d 'Complete the command that stands behind --'
    set -l words (commandline -opc)
    if set -l dashes (contains -i -- -- $words)
        set -e words[1..$dashes]
        complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
    end
end

complete -c aws-mfa-process -f
# made by `make completion`: change nothing here
complete -c aws-mfa-process -n 'test (count (commandline -opc)) -eq 1' -a login -d 'ask for the MFA code now, so that nothing asks later'
complete -c aws-mfa-process -n 'test (count (commandline -opc)) -eq 1' -a logout -d 'forget sessions'
complete -c aws-mfa-process -n 'test (count (commandline -opc)) -eq 1' -a status -d 'show which sessions are there, and for how long'
complete -c aws-mfa-process -n 'test (count (commandline -opc)) -eq 1' -a whoami -d 'show account, role and session of a profile, as AWS sees them'
complete -c aws-mfa-process -n 'test (count (commandline -opc)) -eq 1' -a export -d 'print the credentials of a profile, for a shell or a file'
complete -c aws-mfa-process -n 'test (count (commandline -opc)) -eq 1' -a add -d 'store the access key of an IAM user in the system keyring'
complete -c aws-mfa-process -n 'test (count (commandline -opc)) -eq 1' -a import -d 'move access keys from the AWS credentials file into the system keyring'
complete -c aws-mfa-process -n 'test (count (commandline -opc)) -eq 1' -a list -d 'list the access keys in the system keyring'
complete -c aws-mfa-process -n 'test (count (commandline -opc)) -eq 1' -a remove -d 'remove an access key from the system keyring, and the sessions that came from it'
complete -c aws-mfa-process -n 'test (count (commandline -opc)) -eq 1' -a rotate -d 'replace an access key in the keyring and at AWS by a new one'
complete -c aws-mfa-process -n 'test (count (commandline -opc)) -eq 1' -a shell -d 'print completion and a function that chooses a profile, for a shell\'s start-up file'
complete -c aws-mfa-process -n 'test (count (commandline -opc)) -eq 1' -a sandbox -d 'practise on an AWS of your own, on this machine, with an MFA device'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -s h -l help -d 'show this help message and exit'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l version -d 'show the version'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l profile -x -a '(__aws_mfa_process_profiles)' -d 'profile of ~/.aws/config to start from'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l role-arn -x -d 'role to assume; without it the MFA session itself is the answer'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l mfa-serial -x -d 'MFA device: its ARN, or the serial number of a hardware one'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l duration-seconds -x -d 'life of the role session, 900 to 43200 (default 3600)'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l session-duration-seconds -x -d 'life of the MFA session, 900 to 129600 (default 43200)'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l external-id -x -d 'external id that the role\'s trust policy asks for'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l role-session-name -x -d 'name shown in CloudTrail (default: from the MFA device\'s ARN)'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l source-identity -x -d 'source identity, kept through every further role'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l session-tags -x -d 'session tags'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l transitive-session-tags -x -d 'session tags that go on to chained roles'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l policy-arns -x -d 'managed policies that narrow the role session'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l policy -x -d 'inline policy that narrows the role session'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l region -x -d 'region of the STS endpoint'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l mfa-mode -x -a 'auto session direct' -d 'session: one code for all roles, each up to 1 hour; direct: a code per role, up to 12 hours; auto: session unless duration_seconds is over 3600'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l mfa-max-age-seconds -x -d 'how old the MFA session may be when a role is assumed from it, for roles that want a young MFA (default: as old as it gets)'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l mfa-process -x -d 'command that prints the MFA code (run without a shell)'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l prompt -x -a 'auto terminal dialog none' -d 'where to ask for the code'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l prompt-seconds -x -d 'time to answer (default: 55 on a terminal, 120 in a window)'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l mfa-refusal-seconds -x -d 'for how long a cancel answers other callers (default 15)'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l mfa-code -x -d 'the six digits; visible in the process list, so only for scripts that have no better way'
complete -c aws-mfa-process -n '__aws_mfa_process_at ""' -l no-prompt -d 'never ask a person: same as --prompt none'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -s h -l help -d 'show this help message and exit'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l if-needed -d 'ask only when less than an hour is left'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l min-left -x -d 'ask only when less than so many seconds are left'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l role-arn -x -d 'role to assume; without it the MFA session itself is the answer'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l mfa-serial -x -d 'MFA device: its ARN, or the serial number of a hardware one'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l duration-seconds -x -d 'life of the role session, 900 to 43200 (default 3600)'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l session-duration-seconds -x -d 'life of the MFA session, 900 to 129600 (default 43200)'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l external-id -x -d 'external id that the role\'s trust policy asks for'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l role-session-name -x -d 'name shown in CloudTrail (default: from the MFA device\'s ARN)'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l source-identity -x -d 'source identity, kept through every further role'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l session-tags -x -d 'session tags'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l transitive-session-tags -x -d 'session tags that go on to chained roles'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l policy-arns -x -d 'managed policies that narrow the role session'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l policy -x -d 'inline policy that narrows the role session'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l region -x -d 'region of the STS endpoint'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l mfa-mode -x -a 'auto session direct' -d 'session: one code for all roles, each up to 1 hour; direct: a code per role, up to 12 hours; auto: session unless duration_seconds is over 3600'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l mfa-max-age-seconds -x -d 'how old the MFA session may be when a role is assumed from it, for roles that want a young MFA (default: as old as it gets)'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l mfa-process -x -d 'command that prints the MFA code (run without a shell)'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l prompt -x -a 'auto terminal dialog none' -d 'where to ask for the code'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l prompt-seconds -x -d 'time to answer (default: 55 on a terminal, 120 in a window)'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l mfa-refusal-seconds -x -d 'for how long a cancel answers other callers (default 15)'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l mfa-code -x -d 'the six digits; visible in the process list, so only for scripts that have no better way'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -l no-prompt -d 'never ask a person: same as --prompt none'
complete -c aws-mfa-process -n '__aws_mfa_process_at login' -a '(__aws_mfa_process_profiles)'
complete -c aws-mfa-process -n '__aws_mfa_process_at logout' -s h -l help -d 'show this help message and exit'
complete -c aws-mfa-process -n '__aws_mfa_process_at logout' -l all -d 'every session of every profile'
complete -c aws-mfa-process -n '__aws_mfa_process_at logout' -a '(__aws_mfa_process_profiles)'
complete -c aws-mfa-process -n '__aws_mfa_process_at status' -s h -l help -d 'show this help message and exit'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -s h -l help -d 'show this help message and exit'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l role-arn -x -d 'role to assume; without it the MFA session itself is the answer'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l mfa-serial -x -d 'MFA device: its ARN, or the serial number of a hardware one'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l duration-seconds -x -d 'life of the role session, 900 to 43200 (default 3600)'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l session-duration-seconds -x -d 'life of the MFA session, 900 to 129600 (default 43200)'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l external-id -x -d 'external id that the role\'s trust policy asks for'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l role-session-name -x -d 'name shown in CloudTrail (default: from the MFA device\'s ARN)'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l source-identity -x -d 'source identity, kept through every further role'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l session-tags -x -d 'session tags'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l transitive-session-tags -x -d 'session tags that go on to chained roles'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l policy-arns -x -d 'managed policies that narrow the role session'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l policy -x -d 'inline policy that narrows the role session'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l region -x -d 'region of the STS endpoint'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l mfa-mode -x -a 'auto session direct' -d 'session: one code for all roles, each up to 1 hour; direct: a code per role, up to 12 hours; auto: session unless duration_seconds is over 3600'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l mfa-max-age-seconds -x -d 'how old the MFA session may be when a role is assumed from it, for roles that want a young MFA (default: as old as it gets)'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l mfa-process -x -d 'command that prints the MFA code (run without a shell)'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l prompt -x -a 'auto terminal dialog none' -d 'where to ask for the code'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l prompt-seconds -x -d 'time to answer (default: 55 on a terminal, 120 in a window)'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l mfa-refusal-seconds -x -d 'for how long a cancel answers other callers (default 15)'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l mfa-code -x -d 'the six digits; visible in the process list, so only for scripts that have no better way'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l no-prompt -d 'never ask a person: same as --prompt none'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l account -d 'print the account\'s number alone'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -l json -d 'print JSON'
complete -c aws-mfa-process -n '__aws_mfa_process_at whoami' -a '(__aws_mfa_process_profiles)'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -s h -l help -d 'show this help message and exit'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l role-arn -x -d 'role to assume; without it the MFA session itself is the answer'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l mfa-serial -x -d 'MFA device: its ARN, or the serial number of a hardware one'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l duration-seconds -x -d 'life of the role session, 900 to 43200 (default 3600)'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l session-duration-seconds -x -d 'life of the MFA session, 900 to 129600 (default 43200)'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l external-id -x -d 'external id that the role\'s trust policy asks for'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l role-session-name -x -d 'name shown in CloudTrail (default: from the MFA device\'s ARN)'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l source-identity -x -d 'source identity, kept through every further role'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l session-tags -x -d 'session tags'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l transitive-session-tags -x -d 'session tags that go on to chained roles'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l policy-arns -x -d 'managed policies that narrow the role session'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l policy -x -d 'inline policy that narrows the role session'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l region -x -d 'region of the variables (default: that of the profile)'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l mfa-mode -x -a 'auto session direct' -d 'session: one code for all roles, each up to 1 hour; direct: a code per role, up to 12 hours; auto: session unless duration_seconds is over 3600'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l mfa-max-age-seconds -x -d 'how old the MFA session may be when a role is assumed from it, for roles that want a young MFA (default: as old as it gets)'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l mfa-process -x -d 'command that prints the MFA code (run without a shell)'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l prompt -x -a 'auto terminal dialog none' -d 'where to ask for the code'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l prompt-seconds -x -d 'time to answer (default: 55 on a terminal, 120 in a window)'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l mfa-refusal-seconds -x -d 'for how long a cancel answers other callers (default 15)'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l mfa-code -x -d 'the six digits; visible in the process list, so only for scripts that have no better way'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l no-prompt -d 'never ask a person: same as --prompt none'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l format -x -a 'env fish powershell cmd dotenv json ini' -d 'env (default): bash, zsh and other shells of that kind; fish, powershell, cmd: those; dotenv: an env file; json: as a credential process answers; ini: a section of the AWS credentials file'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l unset -d 'print the lines that take the variables back'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -l show -d 'show secrets on a terminal too'
complete -c aws-mfa-process -n '__aws_mfa_process_at export' -a '(__aws_mfa_process_profiles)'
complete -c aws-mfa-process -n '__aws_mfa_process_at add' -s h -l help -d 'show this help message and exit'
complete -c aws-mfa-process -n '__aws_mfa_process_at add' -l stdin -d 'read the pair from standard input: JSON with access_key_id and secret_access_key (or as AWS writes them), or two lines'
complete -c aws-mfa-process -n '__aws_mfa_process_at add' -l mfa-serial -x -d 'the MFA device, where IAM does not tell it'
complete -c aws-mfa-process -n '__aws_mfa_process_at add' -l write -d 'write the profile into the config'
complete -c aws-mfa-process -n '__aws_mfa_process_at add' -l role-arn -x -d 'the role of a profile for SDKs'
complete -c aws-mfa-process -n '__aws_mfa_process_at add' -l as -x -d 'name of that profile'
complete -c aws-mfa-process -n '__aws_mfa_process_at add' -l yes -d 'replace another key without asking'
complete -c aws-mfa-process -n '__aws_mfa_process_at add' -a '(__aws_mfa_process_profiles)'
complete -c aws-mfa-process -n '__aws_mfa_process_at import' -s h -l help -d 'show this help message and exit'
complete -c aws-mfa-process -n '__aws_mfa_process_at import' -l yes -d 'ask nothing'
complete -c aws-mfa-process -n '__aws_mfa_process_at import' -l keep -d 'leave the keys in the file too'
complete -c aws-mfa-process -n '__aws_mfa_process_at import' -l write -d 'write the profile into the config'
complete -c aws-mfa-process -n '__aws_mfa_process_at import' -l undo -d 'write the pairs back into the file'
complete -c aws-mfa-process -n '__aws_mfa_process_at import' -a '(__aws_mfa_process_profiles)'
complete -c aws-mfa-process -n '__aws_mfa_process_at list' -s h -l help -d 'show this help message and exit'
complete -c aws-mfa-process -n '__aws_mfa_process_at list' -l json -d 'print JSON'
complete -c aws-mfa-process -n '__aws_mfa_process_at remove' -s h -l help -d 'show this help message and exit'
complete -c aws-mfa-process -n '__aws_mfa_process_at remove' -l yes -d 'ask nothing'
complete -c aws-mfa-process -n '__aws_mfa_process_at remove' -a '(__aws_mfa_process_profiles)'
complete -c aws-mfa-process -n '__aws_mfa_process_at rotate' -s h -l help -d 'show this help message and exit'
complete -c aws-mfa-process -n '__aws_mfa_process_at rotate' -l deactivate-only -d 'switch the old key off, do not delete it'
complete -c aws-mfa-process -n '__aws_mfa_process_at rotate' -a '(__aws_mfa_process_profiles)'
complete -c aws-mfa-process -n '__aws_mfa_process_at shell' -s h -l help -d 'show this help message and exit'
complete -c aws-mfa-process -n '__aws_mfa_process_at shell' -l function -x -d 'name of the function (default awsp)'
complete -c aws-mfa-process -n '__aws_mfa_process_at shell' -a 'bash zsh fish powershell'
complete -c aws-mfa-process -n '__aws_mfa_process_at sandbox' -s h -l help -d 'show this help message and exit'
complete -c aws-mfa-process -n '__aws_mfa_process_at sandbox' -l demo -d 'show what this program does, without a question'
complete -c aws-mfa-process -n '__aws_mfa_process_at sandbox' -l endpoint-url -x -d 'for code: which practice AWS, where several run'
complete -c aws-mfa-process -n '__aws_mfa_process_at sandbox' -a 'code'
# made until here
