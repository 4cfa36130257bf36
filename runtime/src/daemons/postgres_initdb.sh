# Makes an installation with the program `$0`, whose arguments begin with `-D DIRECTORY`, in the locale `$LOCALE` of the provider `$PROVIDER`:
# libc, icu, builtin, or none for what each version does best.

version=$("$0" --version) || exit
version=${version#*) }
major=${version%%[!0-9]*}
data=$2
[ "$major" -lt 14 ] || set -- "$@" --no-instructions
[ "$major" -lt 18 ] || set -- "$@" --no-data-checksums
# Messages are the same on all machines.
set -- "$@" --lc-messages=C

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

since() {
    [ "$major" -ge "$1" ] || fail "$2 needs PostgreSQL $1 or later, and this is $version" "  to do:    $3"
}

# Full text search and some extensions ask the system what a letter is, whatever the provider. Systems differ in the name of a locale that
# knows all letters, and need not have one.
with_letters() {
    for ctype in C.UTF-8 UTF-8 en_US.UTF-8; do
        said=$("$program" "$@" --locale=C --lc-ctype="$ctype" 2>&1) && return
        case $said in
            *"invalid locale name \"$ctype\""*) ;;
            *) fail "$said" ;;
        esac
    done
    echo "this system has none of the locales C.UTF-8, UTF-8 and en_US.UTF-8: only ASCII letters count as letters" >&2
    "$program" "$@" --locale=C || exit
}

# Executes a statement in the database from which all others are made.
execute() {
    printf '%s\n' "$1" | "${program%/*}/postgres" --single -F -c log_checkpoints=off -D "$data" template1
}

# The template is used after an upgrade of the system too. Nothing in it is sorted yet, so it has no version of a locale.
without_version() {
    [ "$major" -lt 15 ] || execute "UPDATE pg_database SET datcollversion = NULL" >/dev/null || exit
}

program=$0
case $PROVIDER in
    '')
        [ "$major" -lt 17 ] || set -- "$@" --locale-provider=builtin --builtin-locale="$LOCALE"
        with_letters "$@"
        ;;
    builtin)
        since 17 "the provider \`builtin\`" "use \`C.UTF-8\`, or \`icu:\` or a locale of the system"
        with_letters "$@" --locale-provider=builtin --builtin-locale="$LOCALE"
        ;;
    icu)
        since 15 "a database with a locale of ICU" "create a collation with \`provider = icu\` in \`init\`, or use a locale of the system"
        with_letters "$@" --locale-provider=icu --icu-locale="$LOCALE"
        # Later versions check it themselves.
        if [ "$major" -eq 15 ]; then
            language=${LOCALE%%[-_@]*}
            case $(execute "SELECT count(*) FROM pg_collation WHERE collname = '$language-x-icu'") in
                *'"0"'*)
                    fail "ICU has no language \`$language\`, which is that of the locale \`$LOCALE\`" \
                        "  to see which it has:  SELECT collname FROM pg_collation WHERE collprovider = 'i'"
                    ;;
            esac
        fi
        without_version
        ;;
    libc)
        said=$("$program" "$@" --locale="$LOCALE" 2>&1) || case $said in
            *"invalid locale name"* | *"encoding mismatch"*)
                fail "$said" \
                    "this machine has no locale \`$LOCALE\` with the encoding UTF-8" \
                    "  to see which it has:  locale -a" \
                    "  to add it:            apt install locales-all        (or: locale-gen $LOCALE)" \
                    "  or use one of ICU:    \`icu:de-DE\`, for example; see SELECT collname FROM pg_collation WHERE collprovider = 'i'"
                ;;
            *) fail "$said" ;;
        esac
        without_version
        ;;
esac
