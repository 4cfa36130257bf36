//! The configuration of a Ceph cluster, and its keys.

use crate::launch::{Quoting, Site};

/// The cluster's number. It tells nobody apart here: whoever comes to another cluster has the wrong key for it.
pub(super) const FSID: &str = "66697874-7572-6564-8000-000000000000";

/// What a key starts with, in base 64: its kind (AES), no date, and the length of 24 letters when they are read as base 64.
const KEY: &str = "AQAAAAAAAAAAABIA";

/// Options that hold wherever they stand (<https://docs.ceph.com/en/pacific/rados/configuration/>).
const SETTINGS: &str = "\
ms bind msgr1 = false
auth allow insecure global id reclaim = false
pid file =
log to file = false
log to stderr = true
err to stderr = true
mon cluster log to file = false
debug rocksdb = 1
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
mon allow pool delete = true
mon allow pool size one = true
mon warn on pool no redundancy = false
mon warn on pool no app = false
mon data avail warn = 0
mon data avail crit = 0
paxos propose interval = 0.02
paxos min wait = 0.01
osd objectstore = memstore
osd crush update on start = false
osd class update on start = false
mgr initial modules =
mgr tick period = 1
mgr stats period = 1
";

/// All of them that one of Ceph's versions has: names that it does not know do no harm.
const MODULES: &str = "alerts balancer cephadm cli_api crash dashboard devicehealth diskprediction_local feedback hello influx insights \
iostat k8sevents localpool mds_autoscaler mirroring nfs nvmeof orchestrator osd_perf_query osd_support pg_autoscaler progress prometheus \
rbd_support restful rgw rook selftest smb snap_schedule stats status telegraf telemetry test_orchestrator volumes zabbix";

/// What all programs of the cluster are told, and clients.
pub(super) fn configuration(site: &Site) -> String {
    let Site { dir, port, .. } = site;
    let [osd, cluster, heartbeat, mgr] =
        ["osd", "cluster", "heartbeat", "mgr"].map(|name| site.port_named(name));
    // For clients, who are elsewhere. It is a list, in which a comma, a semicolon or a space begins the next.
    let keyring = Quoting::Comment.of(format!("{dir}/keyring"));
    format!(
        "[global]
fsid = {FSID}
mon host = v2:127.0.0.1:{port}
keyring = \"{keyring}\"
{SETTINGS}mgr disabled modules = {MODULES}

# Paths of daemons, which run in this directory.
[mon]
keyring = keyring
run dir = .
crash dir = crash
mon data = mon
admin socket = mon.socket

[mgr]
keyring = keyring
run dir = .
crash dir = crash
mgr data = .
admin socket = mgr.socket
public addr = v2:127.0.0.1:{mgr}

# An OSD listens for heartbeats on two addresses, those of the other two listeners, and on a port from a range: with two addresses, one
# port is enough for both.
[osd]
keyring = keyring
run dir = .
crash dir = crash
osd data = template/osd
admin socket = osd.socket
public addr = v2:127.0.0.1:{osd}
cluster addr = v2:127.0.0.2:{cluster}
ms bind port min = {heartbeat}
ms bind port max = {heartbeat}
"
    )
}

/// The users, all with the same key: each could read those of the others here.
pub(super) fn keyring(site: &Site) -> String {
    let users = [
        ("mon.", "caps mon = \"allow *\"\n"),
        (
            "client.admin",
            "caps mon = \"allow *\"\ncaps osd = \"allow *\"\ncaps mds = \"allow *\"\ncaps mgr = \"allow *\"\n",
        ),
        (
            "mgr.a",
            "caps mon = \"allow profile mgr\"\ncaps osd = \"allow *\"\ncaps mds = \"allow *\"\n",
        ),
        (
            "osd.0",
            "caps mon = \"allow profile osd\"\ncaps osd = \"allow *\"\ncaps mgr = \"allow profile osd\"\n",
        ),
    ];
    let secret = site.secret;
    users
        .map(|(user, caps)| format!("[{user}]\nkey = {KEY}{secret}\n{caps}"))
        .concat()
}
