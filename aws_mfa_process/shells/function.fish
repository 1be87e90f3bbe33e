
function awsp -d 'Use an AWS profile in this shell: PROFILE [REGION]; - goes back; --off uses none'
    set -l profile $argv[1]
    set -l region $argv[2]
    switch "$profile"
        case ''
            if test -z "$AWS_PROFILE"
                echo 'awsp: no profile is used in this shell' >&2
                return 1
            end
            string join ' ' -- $AWS_PROFILE $AWS_REGION
            return
        case -h --help
            echo 'usage: awsp [PROFILE [REGION] | - | --off]'
            return
        case --off
            set profile
        case -
            set profile $__aws_mfa_process_last
            set region $__aws_mfa_process_last_region
            test -n "$profile"; and set -l told $profile; or set -l told 'no profile'
            echo awsp: $told $region >&2
        case '*'
            if not contains -- $profile (__aws_mfa_process_profiles)
                echo "awsp: there is no profile $profile" >&2
                return 2
            end
            test -n "$region"; or set region (__aws_mfa_process_profiles $profile)
    end
    set -g __aws_mfa_process_last $AWS_PROFILE
    set -g __aws_mfa_process_last_region $AWS_REGION
    set -e AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION
    if test -n "$region"
        set -gx AWS_REGION $region
        set -gx AWS_DEFAULT_REGION $region
    end
    test -n "$profile"; or return 0
    set -gx AWS_PROFILE $profile
    if test -n "$AWS_ACCESS_KEY_ID"
        echo 'awsp: the keys in the environment would go before the profile: they are gone' >&2
    end
    set -e AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN
    set -e AWS_CREDENTIAL_EXPIRATION AWS_DEFAULT_PROFILE
    return 0
end

complete -c awsp -f
complete -c awsp -n 'test (count (commandline -opc)) -eq 1' -a '(__aws_mfa_process_profiles)'
