//! What is at paths of others, and what is not.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{lchown, symlink};

use super::*;

/// A directory with things in it, and links to them that another user has made, as far as this user can do that.
fn planted(name: &str) -> Option<PathBuf> {
    if !acting().is_root() {
        eprintln!("NOT RUN: only root can make links of others");
        return None;
    }
    let root = std::env::temp_dir().join(format!("fixtured-{name}-{}", std::process::id()));
    fs::create_dir_all(root.join("inner")).unwrap();
    fs::write(root.join("inner/file"), "precious").unwrap();
    for (link, target) in [
        ("file", "inner/file"),
        ("dir", "inner"),
        ("new", "inner/new"),
    ] {
        symlink(root.join(target), root.join(link)).unwrap();
        lchown(root.join(link), Some(65_534), None).unwrap();
    }
    Some(root)
}

#[test]
fn nothing_is_written_or_removed_through_links_of_others() {
    let Some(root) = planted("write") else {
        return;
    };
    for name in ["file", "new", "dir/file", "dir/new", "dir/a/b"] {
        let error = write(&root.join(name), "text").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{name}");
    }
    for name in ["new/a", "dir/a", "dir/a/b"] {
        assert!(make_all(&root.join(name)).is_err(), "{name}");
    }
    assert!(remove_file(&root.join("dir/file")).is_err());
    assert!(stat(&root.join("dir/file")).is_err() && stat(&root.join("file")).is_err());
    assert!(!is_directory(&root.join("dir")) && is_directory(&root.join("inner")));
    // A link is removed as what it is.
    remove_file(&root.join("file")).unwrap();
    assert_eq!(
        fs::read_to_string(root.join("inner/file")).unwrap(),
        "precious"
    );
    assert_eq!(fs::read_dir(root.join("inner")).unwrap().count(), 1);
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn nothing_is_written_to_a_file_of_others() {
    let Some(root) = planted("others") else {
        return;
    };
    let file = root.join("inner/file");
    std::os::unix::fs::chown(&file, Some(65_534), None).unwrap();
    let error = write(&file, "secret").unwrap_err().to_string();
    assert!(error.contains("a file owned by another user"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn files_are_written_anew_below_directories_that_are_made() {
    let root = std::env::temp_dir().join(format!("fixtured-anew-{}", std::process::id()));
    let file = root.join("a/b/file");
    for text in ["longer text", "text"] {
        write(&file, text).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    make_all(&root.join("a/c/d")).unwrap();
    make_all(&root.join("a/c/d")).unwrap();
    make_all(Path::new("/")).unwrap();
    for (path, mode) in [
        (&*file, 0o600),
        (&root.join("a/c/d"), 0o700),
        (&root, 0o700),
    ] {
        let found = fs::metadata(path).unwrap();
        assert_eq!(found.mode() & 0o777, mode, "{}", path.display());
    }
    assert!(is_directory(Path::new("/")) && is_directory(&root.join("a/..")));
    assert!(make_all(&file).is_err() && write(&root.join("a"), "").is_err());
    remove_file(&file).unwrap();
    let gone = remove_file(&file).unwrap_err();
    assert_eq!(gone.kind(), io::ErrorKind::NotFound);
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn a_socket_is_found_at_a_long_path_and_not_through_a_link_of_others() {
    use std::os::unix::net::{UnixListener, UnixStream};
    let root = std::env::temp_dir().join(format!("fixtured-found-{}", std::process::id()));
    let long = root.join("x".repeat(200));
    fs::create_dir_all(&long).unwrap();
    let dir = Dir::open(&long).unwrap();
    let listener = UnixListener::bind(dir.path().join("s")).unwrap();
    let found = socket(&long.join("s")).unwrap();
    UnixStream::connect(found.path()).unwrap();
    listener.accept().unwrap();
    symlink(long.join("s"), root.join("own")).unwrap();
    assert!(socket(&root.join("own")).is_ok());
    fs::write(root.join("file"), "").unwrap();
    let error = socket(&root.join("file")).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    if acting().is_root() {
        lchown(root.join("own"), Some(65_534), None).unwrap();
        let error = socket(&root.join("own")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    }
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn links_of_ones_own_are_followed_and_those_of_others_are_not() {
    let root = std::env::temp_dir().join(format!("fixtured-reach-{}", std::process::id()));
    fs::create_dir_all(root.join("real")).unwrap();
    symlink("real", root.join("link")).unwrap();
    symlink("link/../real/file", root.join("short")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    let through = root.join("link/file");
    append(&through, 0o600).unwrap().write_all(b"one ").unwrap();
    append(&root.join("short"), 0o600)
        .unwrap()
        .write_all(b"two")
        .unwrap();
    let mut text = String::new();
    read(&root.join("real/file"))
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "one two");
    assert!(append(&root.join("loop"), 0o600).is_err());
    append(Path::new("/dev/null"), 0o600).unwrap();
    append(Path::new("/dev/stdout"), 0o600).ok();
    if acting().is_root() {
        for name in ["link", "short"] {
            lchown(root.join(name), Some(65_534), None).unwrap();
        }
        for path in [through, root.join("short")] {
            let error = append(&path, 0o600).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}");
        }
    } else {
        eprintln!("NOT RUN: that links of others are refused; only root can make them");
    }
    fs::remove_dir_all(&root).unwrap();
}
