//! beanstalkd, with Python's client.

use fixtured::daemons::{self, Beanstalkd};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::client;

/// Runs this where `queue` is a connection, and returns what it prints.
fn queue(server: &Instance<Beanstalkd>, code: &str) -> String {
    // Where tests/provision puts it.
    let python = std::env::home_dir()
        .unwrap()
        .join(".local/share/fixtured/greenstalk/bin/python");
    let address = ("127.0.0.1", server.port());
    let program = format!("import greenstalk\nqueue = greenstalk.Client({address:?})\n{code}");
    client(python.to_str().unwrap(), &["-c", &program])
}

const PUT: &str = "queue.use('mail'); print(queue.put('hello', delay=0, ttr=60))";
const TAKE: &str = "\
queue.watch('mail')
job = queue.reserve(timeout=20)
queue.delete(job)
print(job.id, job.body, queue.stats()['cmd-delete'])";

#[fixture(beanstalkd)]
fn a_job_is_put_taken_and_deleted(beanstalkd: &Instance<Beanstalkd>, url: &str) {
    assert_eq!(url, format!("beanstalk://127.0.0.1:{}", beanstalkd.port()));
    assert_eq!(queue(beanstalkd, PUT), "1");
    assert_eq!(queue(beanstalkd, TAKE), "1 hello 1");
}

#[test]
fn servers_do_not_share_jobs() {
    let [first, second] = [(); 2].map(|()| daemons::beanstalkd().acquire().unwrap());
    assert_ne!(first.pid(), second.pid());
    assert_eq!(queue(&first, PUT), "1");
    assert_eq!(queue(&second, "print(queue.tubes())"), "['default']");
}

#[test]
fn a_job_has_a_limit() {
    let server = daemons::beanstalkd().max_job_size(4).start().unwrap();
    let refused = "\
try: queue.put('hello')
except greenstalk.JobTooBigError: print('too big')";
    assert_eq!(queue(&server, refused), "too big");
}
