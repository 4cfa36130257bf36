//! nginx, with curl.

use std::fs;
use std::process::Command;

use fixtured::daemons::{self, Nginx};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{eventually, scratch_directory};

/// The status, the content type and the body that are found at a URL.
fn get(url: &str) -> (u16, String, String) {
    let format = "\n%{http_code} %{content_type}";
    let output = Command::new("curl")
        .args(["-sS", "-w", format, url])
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{url}: {errors}");
    let (body, rest) = printed.rsplit_once('\n').unwrap();
    let (status, content_type) = rest.split_once(' ').unwrap();
    (status.parse().unwrap(), content_type.into(), body.into())
}

#[fixture(nginx)]
fn files_that_a_test_writes_are_served(nginx: &Instance<Nginx>, url: &str, port: u16) {
    assert_eq!(url, format!("http://127.0.0.1:{port}"));
    assert_eq!(get(&format!("{url}/x")).0, 404);
    fs::write(nginx.root().join("index.html"), "<p>hello").unwrap();
    fs::write(nginx.root().join("a.css"), "p {}").unwrap();
    assert_eq!(get(url), (200, "text/html".into(), "<p>hello".into()));
    assert_eq!(
        get(&format!("{url}/a.css")),
        (200, "text/css".into(), "p {}".into())
    );
    // It notes a request when it has answered.
    eventually("the request is in the log of requests", || {
        let requests = fs::read_to_string(nginx.dir().join("access.log")).unwrap();
        let found = requests.contains("GET /a.css HTTP/1.1\" 200 4");
        found.then_some(())
    });
    assert!(
        fs::read_to_string(nginx.log())
            .unwrap()
            .contains("/html/x\" failed")
    );
}

// The package's directory.
#[fixture(nginx, root = "src")]
fn a_directory_of_ones_own_is_served(nginx: &Instance<Nginx>, url: &str) {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    assert_eq!(nginx.root(), here);
    let lib = fs::read_to_string(format!("{here}/lib.rs")).unwrap();
    assert_eq!(get(&format!("{url}/lib.rs")).2, lib);
}

#[test]
fn each_has_its_own_directory() {
    let [first, second] = [(), ()].map(|()| daemons::nginx().acquire().unwrap());
    fs::write(first.root().join("a"), "first").unwrap();
    assert_eq!(get(&format!("{}/a", first.url())).2, "first");
    assert_eq!(get(&format!("{}/a", second.url())).0, 404);
}

/// In front of another server, as in front of the program under test.
#[test]
fn server_blocks_are_put_into_a_configuration() {
    let behind = daemons::nginx().start().unwrap();
    fs::write(behind.root().join("a"), "from behind").unwrap();
    let config = format!(
        "server {{\n  listen 127.0.0.1:{{port}};\n  location /api/ {{ proxy_pass {}/; }}\n  location = /teapot {{ return 418 '{{dir}}'; }}\n}}\n\
         server {{ listen 127.0.0.1:{{port:other}}; return 200 other; }}\n",
        behind.url()
    );
    let nginx = daemons::nginx().config(config).start().unwrap();
    let url = nginx.url();
    assert_eq!(get(&format!("{url}/api/a")).2, "from behind");
    let (status, _, body) = get(&format!("{url}/teapot"));
    assert_eq!((status, body), (418, nginx.dir().display().to_string()));
    let other = format!("http://127.0.0.1:{}", nginx.port_named("other"));
    assert_eq!(get(&other).2, "other");
    // What they do not say is as without them.
    fs::write(nginx.root().join("b"), "a file").unwrap();
    assert_eq!(get(&format!("{url}/b")).2, "a file");
}

#[test]
fn a_whole_configuration_is_read_from_a_file() {
    let scratch = scratch_directory("nginx").unwrap();
    let path = scratch.join("nginx.conf");
    let text = "# As in production.\ndaemon off;\nworker_processes 2;\nevents { worker_connections 64; }\n\
        http {\n  include {dir}/paths.conf;\n  server { listen 127.0.0.1:{port}; return 200 whole; }\n}\n";
    fs::write(&path, text).unwrap();
    let nginx = daemons::nginx().config_file(&path).start().unwrap();
    assert_eq!(get(nginx.url()).2, "whole");

    fs::remove_file(&path).unwrap();
    let error = daemons::nginx().config_file(&path).start().unwrap_err();
    let wanted = format!(
        "`config_file`: cannot read `{}`: No such file",
        path.display()
    );
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains(&wanted), "{error}");
}

#[test]
fn a_broken_configuration_shows_what_the_server_says() {
    let broken = daemons::nginx().config("server { listen 127.0.0.1:{port}; no_such_thing on; }");
    let error = broken.start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    let wanted = "unknown directive \"no_such_thing\" in ";
    assert!(error.to_string().contains(wanted), "{error}");
    for (wrong, wanted) in [
        (
            daemons::nginx().config("server { listen 80; }"),
            "the configuration must listen on `127.0.0.1:{port}`",
        ),
        (
            daemons::nginx().root("no-such-directory"),
            "/no-such-directory` is not a directory",
        ),
    ] {
        let error = wrong.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(wanted), "{error}");
    }
}
