//! Has a wire before PostgreSQL, cuts it, says its port, the number of the server's process and the server's log, and waits to be killed.

use fixtured::{Acquire, daemons};

fn main() -> fixtured::Result<()> {
    let postgres = daemons::postgres().wired().acquire()?;
    postgres.wire().cut()?;
    let log = postgres.log().display();
    println!("{} {} {log}", postgres.port(), postgres.pid());
    loop {
        std::thread::park();
    }
}
