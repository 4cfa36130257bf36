//! What each definition launches, with nothing set: a snapshot beside each name in `snapshots/`.

use std::env;
use std::fs;
use std::path::Path;

use fixtured::daemons;

#[test]
fn every_definition_launches_what_its_snapshot_shows() {
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    for daemon in daemons::ALL {
        let launch = (daemon.launch)();
        assert_eq!(
            launch,
            (daemon.launch)(),
            "a definition gives the same answer each time"
        );
        let found = serde_json::to_string_pretty(&launch).unwrap() + "\n";
        let path = snapshots.join(format!("{}.json", daemon.names[0]));
        if env::var_os("FIXTURED_BLESS").is_some() {
            fs::create_dir_all(&snapshots).unwrap();
            fs::write(&path, &found).unwrap();
        }
        let wanted = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            found,
            wanted,
            "{}: FIXTURED_BLESS=1 accepts it as it is",
            path.display()
        );
    }
}
