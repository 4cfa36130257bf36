//! What happens while daemons run: each of it comes through one channel, in its order.

use std::fs;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use fixtured::__command_line::Phase;
use fixtured::Instance;
use fixtured::launch::Launch;
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::raw::WithRawSiginfo;

use crate::failure::Failure;

/// What the kernel says of a signal that it has made itself: on a terminal, for a key that was pressed or when it was closed.
const BY_KERNEL: i32 = 0x80;

/// The signals that are handed on.
const SIGNALS: [Signal; 4] = [
    Signal::SIGINT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGQUIT,
];

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// A signal came.
    Signal {
        signal: Signal,
        /// Whether the whole process group got it, the command too.
        from_terminal: bool,
    },
    /// The start of this daemon has come so far.
    Phase(usize, Phase),
    /// The start of this daemon has ended.
    Started(usize, Box<fixtured::Result<Instance<Launch>>>),
    /// The command has stopped or ended.
    Command(WaitStatus),
    /// Nobody waits for the variables any more.
    Abandoned,
    /// The supervisor is gone.
    Gone,
}

/// What happens, and the way to say so.
#[derive(Debug)]
pub(crate) struct Events {
    pub(crate) sender: Sender<Event>,
    receiver: Receiver<Event>,
}

impl Events {
    /// From here on, signals no longer end this process.
    pub(crate) fn new() -> Result<Self, Failure> {
        let (sender, receiver) = channel();
        let ignored = ignored();
        // If this process was started with a signal ignored, as by `nohup`, the command should ignore it too.
        let wanted = SIGNALS
            .iter()
            .filter(|signal| ignored >> (**signal as u64 - 1) & 1 == 0);
        let signals = SignalsInfo::<WithRawSiginfo>::new(wanted.map(|signal| *signal as i32));
        let mut signals =
            signals.map_err(|error| Failure::new(format!("cannot receive signals: {error}")))?;
        let to = sender.clone();
        thread::spawn(move || {
            for info in signals.forever() {
                if let Ok(signal) = Signal::try_from(info.si_signo) {
                    let from_terminal = info.si_code == BY_KERNEL;
                    let _ = to.send(Event::Signal {
                        signal,
                        from_terminal,
                    });
                }
            }
        });
        Ok(Self { sender, receiver })
    }

    /// The signal that arrived since the last check, if any. Other events are discarded.
    pub(crate) fn signal(&self) -> Option<Signal> {
        self.receiver.try_iter().find_map(|event| match event {
            Event::Signal { signal, .. } => Some(signal),
            _ => None,
        })
    }

    /// Waits for the next.
    pub(crate) fn next(&self) -> Event {
        // A sender is kept, so there will be one.
        self.receiver.recv().unwrap_or(Event::Gone)
    }
}

/// The signals that this process ignores, a bit each.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}
