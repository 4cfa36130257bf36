//! OpenLDAP, with its own client programs.

use std::fs;
use std::process::Command;

use fixtured::daemons::{self, Openldap};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::scratch_directory;

/// A person below a suffix.
fn person(uid: &str, suffix: &str) -> String {
    format!(
        "dn: uid={uid},{suffix}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {uid}\nsn: Test\nuserPassword: pw-{uid}\n"
    )
}

/// Runs a client program with the server's own variables. Returns what it prints, or what went wrong.
fn run(server: &Instance<Openldap>, program: &str, args: &[&str]) -> Result<String, String> {
    let output = Command::new(program)
        .args(args)
        .envs(server.variables())
        .output()
        .unwrap();
    let [printed, errors] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    match output.status.success() {
        true => Ok(printed.trim_end().to_owned()),
        false => Err(printed + &errors),
    }
}

/// The names of all entries that somebody finds who says no name.
fn names(server: &Instance<Openldap>) -> Vec<String> {
    let found = run(server, "ldapsearch", &["-x", "-LLL", "-D", "", "dn"]).unwrap();
    let names = found.lines().filter_map(|line| line.strip_prefix("dn: "));
    names.map(str::to_owned).collect()
}

/// Adds entries as the root DN.
fn add(server: &Instance<Openldap>, ldif: &str) -> Result<String, String> {
    let scratch = scratch_directory("openldap").unwrap();
    let file = scratch.join("ldif");
    fs::write(&file, ldif).unwrap();
    let file = file.display().to_string();
    run(
        server,
        "ldapadd",
        &["-x", "-w", server.password(), "-f", &file],
    )
}

#[fixture(openldap)]
fn entries_are_read_back(openldap: &Instance<Openldap>, url: &str, port: u16, suffix: &str) {
    assert_eq!(url, format!("ldap://127.0.0.1:{port}"));
    assert_eq!(suffix, "dc=example,dc=org");
    assert_eq!(openldap.root_dn(), "cn=admin,dc=example,dc=org");
    let who = run(openldap, "ldapwhoami", &["-x", "-w", openldap.password()]).unwrap();
    assert_eq!(who, "dn:cn=admin,dc=example,dc=org");
    assert_eq!(names(openldap), ["dc=example,dc=org"]);

    add(openldap, &person("ada", suffix)).unwrap();
    assert_eq!(names(openldap), [suffix, "uid=ada,dc=example,dc=org"]);
    // The one who was added can log in.
    let login = ["-x", "-D", "uid=ada,dc=example,dc=org", "-w", "pw-ada"];
    let who = run(openldap, "ldapwhoami", &login).unwrap();
    assert_eq!(who, "dn:uid=ada,dc=example,dc=org");
    let error = run(openldap, "ldapwhoami", &["-x", "-w", "wrong"]).unwrap_err();
    assert!(error.contains("Invalid credentials (49)"), "{error}");
    let limits = fs::read_to_string(format!("/proc/{}/limits", openldap.pid())).unwrap();
    let files = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .unwrap();
    assert_eq!(files.split_whitespace().next(), Some("1024"));
    // What was asked is in the log.
    let log = fs::read_to_string(openldap.log()).unwrap();
    assert!(
        log.contains("ADD dn=\"uid=ada,dc=example,dc=org\""),
        "{log}"
    );
}

#[test]
fn tests_do_not_see_each_others_entries() {
    let [first, second] = [(), ()].map(|()| daemons::ldap().acquire().unwrap());
    assert_ne!(first.password(), second.password());
    add(&first, &person("ada", first.suffix())).unwrap();
    assert_eq!(names(&first).len(), 2);
    assert_eq!(names(&second), ["dc=example,dc=org"]);
}

#[test]
fn what_is_loaded_is_there_and_goes_into_no_other_directory() {
    let scratch = scratch_directory("openldap-file").unwrap();
    let file = scratch.join("people.ldif");
    fs::write(
        &file,
        person("ada", "o=We & us") + "\n" + &person("bob", "o=We & us"),
    )
    .unwrap();
    let definition = || {
        daemons::openldap()
            .suffix("o=We & us")
            .password("p\"w\\ #{SSHA}ä'")
    };
    // Once made and once from the cache.
    for _ in 0..2 {
        let loaded = definition().ldif_file(&file).start().unwrap();
        let wanted = ["o=We & us", "uid=ada,o=We & us", "uid=bob,o=We & us"];
        assert_eq!(names(&loaded), wanted);
        let who = run(&loaded, "ldapwhoami", &["-x", "-w", loaded.password()]).unwrap();
        assert_eq!(who, "dn:cn=admin,o=We & us");
        add(&loaded, &person("eve", loaded.suffix())).unwrap();
    }
    assert_eq!(names(&definition().start().unwrap()), ["o=We & us"]);
}

#[test]
fn schemas_suffix_and_configuration_are_as_was_asked() {
    let ldif = "dn: cn=staff\nobjectClass: posixGroup\ncn: staff\ngidNumber: 7\n";
    let server = daemons::openldap()
        .schema("nis")
        .suffix("cn=staff")
        .root_dn("cn=boss,cn=staff")
        .ldif(ldif)
        .ldif(person("ada", "cn=staff"))
        .config("moduleload memberof\noverlay memberof\nindex gidNumber eq")
        .config("access to attrs=userPassword by anonymous auth by * none\naccess to * by * read")
        .start()
        .unwrap();
    assert_eq!(server.variables()["LDAPBINDDN"], "cn=boss,cn=staff");
    let found = run(
        &server,
        "ldapsearch",
        &["-x", "-LLL", "-D", "", "gidNumber=7"],
    )
    .unwrap();
    assert_eq!(found, ldif.trim_end());
    let search = |args: &[&str]| {
        let args = [
            &["-x", "-LLL"],
            args,
            &["uid=ada", "userPassword", "memberOf"],
        ]
        .concat();
        run(&server, "ldapsearch", &args).unwrap()
    };
    assert_eq!(search(&["-D", ""]), "dn: uid=ada,cn=staff");
    let group =
        "dn: cn=some,cn=staff\nobjectClass: groupOfNames\ncn: some\nmember: uid=ada,cn=staff\n";
    add(&server, group).unwrap();
    assert_eq!(
        search(&["-D", ""]),
        "dn: uid=ada,cn=staff\nmemberOf: cn=some,cn=staff"
    );
    assert!(search(&["-w", server.password()]).contains("userPassword:: "));
}

#[test]
fn wrong_options_say_what_is_wrong() {
    for (wrong, wanted) in [
        (
            daemons::openldap().config("no_such_thing 1"),
            "unknown directive <no_such_thing>",
        ),
        (
            daemons::openldap().schema("paper"),
            "there is no schema paper on this machine",
        ),
        (
            daemons::openldap().ldif("dn: cn=a,dc=example,dc=org\nobjectClass: paper\n"),
            "unrecognized objectClass 'paper'",
        ),
        (
            daemons::openldap().ldif(person("ada", "dc=elsewhere")),
            "not configured to hold \"uid=ada,dc=elsewhere\"",
        ),
    ] {
        let error = wrong.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
        assert!(error.to_string().contains(wanted), "{error}");
    }
    for (wrong, wanted) in [
        (
            daemons::openldap().suffix("x=y"),
            "load the entry of the suffix `x=y`: only one that starts with `dc`",
        ),
        (
            daemons::openldap().ldif_file("no-such-file"),
            "no-such-file`: No such file",
        ),
        (
            daemons::openldap().password("a\nb"),
            "`password` contains a line break or a NUL byte",
        ),
    ] {
        let error = wrong.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(wanted), "{error}");
    }
}
