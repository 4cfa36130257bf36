
set -e
umask 077
PATH="$PATH:/usr/sbin:/opt/homebrew/opt/openldap/libexec"
exec >rootpw.conf
printf 'rootpw '
slapd -Tpasswd -n -h '{SSHA}' -T password
echo
rm password
