# Print the profiles of the AWS files, one a line; with the name of one, its region.
__aws_mfa_process_profiles() {
    local file line name kind=config region=
    local -a lines
    for file in "${AWS_CONFIG_FILE:-$HOME/.aws/config}" \
        "${AWS_SHARED_CREDENTIALS_FILE:-$HOME/.aws/credentials}"; do
        case $file in "~"/*) file=$HOME${file#"~"} ;; esac
        name=
        if [ -r "$file" ]; then
            if [ -n "${ZSH_VERSION-}" ]; then
                eval 'lines=("${(@f)$(<"$file")}")' # read would take each byte on its own
            else
                lines=()
                while IFS= read -r line || [ -n "$line" ]; do
                    lines+=("$line")
                done <"$file"
            fi
            for line in ${lines[@]+"${lines[@]}"}; do
                line=${line%$'\r'}
                case $line in
                "["*"]"*)
                    name=${line#"["}
                    name=${name%"]"*}
                    if [ "$kind" = config ]; then
                        case $name in
                        default) ;;
                        profile[[:blank:]]*)
                            name=${name#profile}
                            name=${name#"${name%%[![:blank:]]*}"}
                            name=${name%"${name##*[![:blank:]]}"}
                            case $name in
                            \"*\") name=${name#\"} name=${name%\"} ;;
                            \'*\') name=${name#\'} name=${name%\'} ;;
                            *[[:blank:]]*) name= ;; # AWS clients see no profile there
                            esac
                            ;;
                        *) name= ;;
                        esac
                    fi
                    [ -z "$name" ] || [ $# -gt 0 ] || printf '%s\n' "$name"
                    ;;
                region[[:blank:]=:]*)
                    if [ $# -gt 0 ] && [ "$name" = "$1" ]; then
                        region=${line#region}
                        region=${region#"${region%%[![:blank:]]*}"}
                        region=${region#[=:]}
                        region=${region#"${region%%[![:blank:]]*}"}
                        region=${region%"${region##*[![:blank:]]}"}
                    fi
                    ;;
                esac
            done
        fi
        kind=credentials
    done
    [ $# -eq 0 ] || printf '%s\n' "$region"
}
