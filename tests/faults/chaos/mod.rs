//! Random starts, stops, crashes and kills under load: after the last round nothing is left, and no other session was touched.
//!
//! `CHAOS_ROUNDS` (default: 300) and `CHAOS_SEED` (default: from the time; it is printed) choose what happens:
//!
//! ```sh
//! CHAOS_ROUNDS=1000 CHAOS_SEED=7 cargo nextest run --workspace --test faults chaos:: --no-capture
//! ```

mod stage;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use fixtured_tests::{Random, eventually, scratch_directory};
use stage::Stage;

type Action = fn(&mut Chaos) -> Option<String>;

/// What can happen in a round, and how often it does.
const ACTIONS: &[(usize, (&str, Action))] = &[
    (25, ("start a test process", Chaos::start)),
    (45, ("tell a test process", Chaos::tell)),
    (8, ("kill a test process", Chaos::kill)),
    (8, ("let a test process end", Chaos::end)),
    (8, ("crash a daemon", Chaos::crash)),
    (3, ("end a runner", Chaos::end_runner)),
    (1, ("kill a supervisor", Chaos::kill_supervisor)),
];

/// What a test process is told, and how often.
const ORDERS: &[(usize, &str)] = &[
    (8, "redis"),
    (8, "memcached"),
    (8, "postgres"),
    (2, "run ignore-term"),
    (2, "run detach"),
    (2, "run leave-daemon"),
    (1, "run fork-away"),
    (2, "run ready-then-die"),
    (2, "run flood"),
    (2, "run close-streams"),
    (2, "run bind-late"),
    (2, "run unavailable-first"),
    (2, "run bind-then-exit"),
    (2, "run exit"),
    (2, "run never"),
    (10, "stop"),
    (6, "crash"),
];

/// How a test process ends by itself.
const ENDS: &[(usize, &str)] = &[(2, "leave"), (1, "panic"), (1, "abort"), (1, "exit")];

/// At most this many test processes run at a time.
const ACTORS: usize = 8;

/// Sessions that come and go, beside a calm one in which nobody touches what belongs to others.
const SESSIONS: usize = 2;

/// One run of it.
struct Chaos {
    seed: u64,
    random: Random,
    stage: Stage,
    /// What has happened so far.
    story: Vec<String>,
    counts: BTreeMap<&'static str, usize>,
    /// What was left at the last look.
    left: Vec<String>,
}

#[test]
fn nothing_is_left_after_the_last_round_and_no_other_session_is_touched() {
    let number = |name: &str| Some(env::var(name).ok()?.parse().expect("a number"));
    let time = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let seed = number("CHAOS_SEED").unwrap_or(time.as_millis() as u64);
    let rounds = number("CHAOS_ROUNDS").unwrap_or(300);
    println!("CHAOS_SEED={seed} CHAOS_ROUNDS={rounds}");

    let scratch = scratch_directory("chaos").unwrap();
    // Servers that run as another user must be able to come by.
    let kept = scratch.join("kept");
    fs::create_dir(&kept).unwrap();
    for dir in [&*scratch, &*kept] {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o711)).unwrap();
    }
    let began = Instant::now();
    let mut chaos = Chaos {
        seed,
        random: Random::new(seed),
        stage: Stage::new(&kept),
        story: Vec::new(),
        counts: BTreeMap::new(),
        left: Vec::new(),
    };
    let bystander = chaos.stage.bystander();
    let load = Load::start();
    for _ in 0..SESSIONS {
        chaos.stage.begin_session();
    }
    for _ in 0..rounds {
        chaos.round();
    }
    chaos.stage.everybody_leaves();
    chaos.stage.every_session_still_works();
    chaos.stage.end_sessions();
    chaos.stage.next_session_sweeps(&bystander);
    chaos.stage.untouched(bystander);
    eventually("nothing is left", || {
        chaos.left = chaos.stage.left();
        chaos.left.is_empty().then_some(())
    });
    drop(load);
    println!("{rounds} rounds in {:.1} s", began.elapsed().as_secs_f64());
    for (action, count) in &chaos.counts {
        println!("{count:>6} × {action}");
    }
    println!("{}", chaos.stage.summary());
}

impl Chaos {
    /// Something happens, and then nothing for a while: what the next thing meets is left to chance too.
    fn round(&mut self) {
        let (name, act) = self.random.weighted(ACTIONS);
        if let Some(done) = act(self) {
            *self.counts.entry(name).or_default() += 1;
            self.story.push(done);
        }
        match self.random.below(4) {
            0 => {
                if let Some(player) = self.anyone() {
                    self.stage.players[player].actor.settle();
                }
            }
            _ => thread::sleep(Duration::from_millis(self.random.below(60) as u64)),
        }
        self.stage.listen();
    }

    fn anyone(&mut self) -> Option<usize> {
        let players = self.stage.players.len();
        (players > 0).then(|| self.random.below(players))
    }

    fn start(&mut self) -> Option<String> {
        if self.stage.players.len() == ACTORS {
            return None;
        }
        let session = self.random.below(self.stage.sessions.len());
        let player = self.stage.enter(session);
        let orders: Vec<_> = (0..self.random.below(3) + 1)
            .map(|_| *self.random.weighted(ORDERS))
            .collect();
        let player = &mut self.stage.players[player];
        for order in &orders {
            player.actor.tell(order);
        }
        Some(format!("start {player}: {}", orders.join(", ")))
    }

    fn tell(&mut self) -> Option<String> {
        let player = self.anyone()?;
        let order = *self.random.weighted(ORDERS);
        let number = self.random.below(100);
        let player = &mut self.stage.players[player];
        player.actor.tell(&format!("{order} {number}"));
        if number.is_multiple_of(2) {
            player.actor.tell(&format!("write {number}"));
            player.actor.tell(&format!("read {number}"));
        }
        Some(format!("tell {player}: {order} {number}"))
    }

    fn kill(&mut self) -> Option<String> {
        let player = self.anyone()?;
        let story = format!("kill {}", self.stage.players[player]);
        self.stage.leaves(player, |actor| actor.kill());
        Some(story)
    }

    fn end(&mut self) -> Option<String> {
        let player = self.anyone()?;
        let way = *self.random.weighted(ENDS);
        let story = format!("{way} {}", self.stage.players[player]);
        self.stage.leaves(player, |actor| {
            actor.tell(way);
            actor.leave();
        });
        Some(story)
    }

    fn crash(&mut self) -> Option<String> {
        let servers = self.stage.servers();
        let (pid, session) = *servers.get(self.random.below(servers.len().max(1)))?;
        self.stage.crash(pid, session);
        Some(format!("crash daemon {pid} of session {session}"))
    }

    fn end_runner(&mut self) -> Option<String> {
        let session = self.wild();
        let kill = self.random.below(2) == 0;
        let runner = self.stage.end_runner(session, kill);
        self.stage.begin_session();
        let how = if kill { "kill" } else { "end" };
        Some(format!("{how} runner {runner}"))
    }

    fn kill_supervisor(&mut self) -> Option<String> {
        let session = self.wild();
        let pid = self.stage.kill_supervisor(session)?;
        Some(format!("kill supervisor {pid}"))
    }

    /// A session other than the calm one, which is the first.
    fn wild(&mut self) -> usize {
        1 + self.random.below(self.stage.sessions.len() - 1)
    }
}

impl Drop for Chaos {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("{}", self.story.join("\n"));
            println!("CHAOS_SEED={} left: {:#?}", self.seed, self.left);
        }
    }
}

/// Keeps the processor busy until it is dropped.
struct Load(&'static AtomicBool);

impl Load {
    fn start() -> Self {
        static BUSY: AtomicBool = AtomicBool::new(true);
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            thread::spawn(|| {
                while BUSY.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Self(&BUSY)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
