-- The statements that give a clone what belongs to its template and is not cloned with it: the text before the name, and the text after it.
WITH template AS (
    SELECT oid, pg_get_userbyid(datdba) AS owner, datconnlimit, datacl
    FROM pg_database WHERE datname = {name}
), setting AS (
    SELECT setrole, left(entry, strpos(entry, '=') - 1) AS name, substr(entry, strpos(entry, '=') + 1) AS value, number
    FROM template JOIN pg_db_role_setting ON setdatabase = oid, unnest(setconfig) WITH ORDINALITY AS entries (entry, number)
)
SELECT unnest(ARRAY[before, after]) FROM (
    SELECT 1 AS step, 0 AS number, 'ALTER DATABASE ' AS before, format(' OWNER TO %I', owner) AS after
    FROM template WHERE owner <> current_user
UNION ALL
    SELECT 2, 0, 'ALTER DATABASE ', format(' CONNECTION LIMIT %s', datconnlimit)
    FROM template WHERE datconnlimit >= 0
UNION ALL
    SELECT 3, 0, 'REVOKE ALL ON DATABASE ', format(' FROM PUBLIC, %I', owner)
    FROM template WHERE datacl IS NOT NULL
UNION ALL
    SELECT 4, number, format('GRANT %s ON DATABASE ', privilege_type), ' TO '
        || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
        || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    FROM template, aclexplode(datacl) WITH ORDINALITY AS granted (grantor, grantee, privilege_type, is_grantable, number)
UNION ALL
    SELECT 5, 0, 'COMMENT ON DATABASE ', ' IS ' || quote_literal(description)
    FROM template JOIN pg_shdescription ON objoid = oid AND classoid = 'pg_database'::regclass
UNION ALL
    SELECT 6, 0, format('SECURITY LABEL FOR %I ON DATABASE ', provider), ' IS ' || quote_literal(label)
    FROM template JOIN pg_shseclabel ON objoid = oid AND classoid = 'pg_database'::regclass
UNION ALL
    SELECT 7, number,
        CASE setrole WHEN 0 THEN 'ALTER DATABASE ' ELSE format('ALTER ROLE %I IN DATABASE ', pg_get_userbyid(setrole)) END,
        format(' SET %I TO ', name) || CASE
            WHEN name IN ('local_preload_libraries', 'search_path', 'session_preload_libraries', 'temp_tablespaces')
            THEN coalesce((
                SELECT string_agg(quote_literal(CASE left(found[1], 1)
                    WHEN '"' THEN replace(substr(found[1], 2, length(found[1]) - 2), '""', '"')
                    ELSE found[1] END), ', ' ORDER BY place)
                FROM regexp_matches(value, '"(?:[^"]|"")*"|[^",\s]+', 'g') WITH ORDINALITY AS items (found, place)
            ), '''''')
            ELSE quote_literal(value) END
    FROM setting
) AS statements ORDER BY step, number
