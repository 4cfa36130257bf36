
exec >"$0"
for place in /usr/lib/ldap /usr/lib64/openldap /usr/lib/openldap /usr/libexec/openldap; do
    [ -d "$place" ] || continue
    echo "modulepath $place"
    if [ -e "$place/back_mdb.so" ]; then echo "moduleload back_mdb"; fi
    break
done
for schema; do
    for place in /etc/ldap/schema /etc/openldap/schema /opt/homebrew/etc/openldap/schema; do
        if [ -e "$place/$schema.schema" ]; then
            echo "include $place/$schema.schema"
            continue 2
        fi
    done
    echo "there is no schema $schema on this machine" >&2
    exit 1
done
