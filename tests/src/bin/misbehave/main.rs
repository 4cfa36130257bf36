//! Programs that misbehave, each in its own way: `misbehave WAY [PARAMETER] [MARK…]`.
//!
//! The first argument after the way is its parameter, if it can be one. Whatever else follows only marks the process for the test.

mod end;
mod escape;
mod print;
mod serve;
mod ways;

use std::process::exit;

use ways::WAYS;

/// What the way is told.
struct Told {
    parameter: Option<u64>,
    marks: Vec<String>,
}

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    let name = arguments.next().unwrap_or_default();
    if name == "--help" {
        for way in WAYS {
            println!("{:<24} {}", way.usage(), way.sentence);
        }
        return;
    }
    let Some(way) = WAYS.iter().find(|way| way.name == name) else {
        eprintln!("unknown way to misbehave: `{name}`; `misbehave --help` lists them");
        exit(2);
    };
    let parameter = arguments
        .next_if(|_| !way.parameter.is_empty())
        .map(|word| (word.parse().ok(), word));
    let (parameter, mark) = match parameter {
        Some((Some(number), _)) => (Some(number), None),
        Some((None, word)) => (None, Some(word)),
        None => (None, None),
    };
    let marks = mark.into_iter().chain(arguments).collect();
    (way.run)(&Told { parameter, marks });
}

impl Told {
    /// The port that the way cannot do without.
    fn port(&self) -> u16 {
        let port = self.parameter.and_then(|number| u16::try_from(number).ok());
        port.unwrap_or_else(|| {
            eprintln!("it takes a port");
            exit(2)
        })
    }
}
