
# awsp PROFILE [REGION]: use a profile in this shell; awsp -: go back; awsp --off: use none.
unalias awsp 2>/dev/null || :
function awsp {
    local profile=${1-} region=${2-}
    case $profile in
    '')
        if [ -z "${AWS_PROFILE-}" ]; then
            echo 'awsp: no profile is used in this shell' >&2
            return 1
        fi
        echo "$AWS_PROFILE${AWS_REGION:+ $AWS_REGION}"
        return
        ;;
    -h | --help)
        echo 'usage: awsp [PROFILE [REGION] | - | --off]'
        return
        ;;
    --off) profile= ;;
    -)
        profile=${__aws_mfa_process_last-} region=${__aws_mfa_process_last_region-}
        echo "awsp: ${profile:-no profile}${region:+ $region}" >&2
        ;;
    *)
        case $'\n'$(__aws_mfa_process_profiles)$'\n' in
        *$'\n'"$profile"$'\n'*) ;;
        *)
            echo "awsp: there is no profile $profile" >&2
            return 2
            ;;
        esac
        [ -n "$region" ] || region=$(__aws_mfa_process_profiles "$profile")
        ;;
    esac
    __aws_mfa_process_last=${AWS_PROFILE-}
    __aws_mfa_process_last_region=${AWS_REGION-}
    unset AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION
    [ -z "$region" ] || export AWS_REGION="$region" AWS_DEFAULT_REGION="$region"
    [ -n "$profile" ] || return 0
    export AWS_PROFILE="$profile"
    if [ -n "${AWS_ACCESS_KEY_ID-}" ]; then
        echo 'awsp: the keys in the environment would go before the profile: they are gone' >&2
    fi
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN
    unset AWS_CREDENTIAL_EXPIRATION AWS_DEFAULT_PROFILE
}

if [ -n "${ZSH_VERSION-}" ]; then
    __aws_mfa_process_complete_function() {
        _arguments 1:profile:__aws_mfa_process_offer_profiles
    }
    (( ! $+functions[compdef] )) || compdef __aws_mfa_process_complete_function awsp
else
    __aws_mfa_process_complete_function() {
        local words
        COMPREPLY=()
        __aws_mfa_process_split
        [[ ${#words[@]} -ne 2 ]] || __aws_mfa_process_offer_profiles "${words[1]}" ''
    }
    complete -F __aws_mfa_process_complete_function awsp
fi
