//! Temporal, with its own client program, and with Python's, which has a workflow run.

use std::process::Command;

use fixtured::daemons::{self, Temporal};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{client, eventually, python};

/// What the server's program prints as a client.
fn temporal(temporal: &Instance<Temporal>, args: &[&str]) -> Result<String, String> {
    let program = std::fs::read_link(format!("/proc/{}/exe", temporal.pid())).unwrap();
    let mut command = Command::new(program);
    let output = command
        .env("HOME", temporal.dir())
        .envs(temporal.variables())
        .args(args)
        .output()
        .unwrap();
    let [text, errors] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    match output.status.success() {
        true => Ok(text.trim_end().into()),
        false => Err(errors),
    }
}

fn start(server: &Instance<Temporal>, id: &str) -> Result<String, String> {
    let start = [
        "workflow",
        "start",
        "--type",
        "greet",
        "--task-queue",
        "greetings",
    ];
    temporal(server, &[&start, &["--workflow-id", id][..]].concat())
}

/// The workflows of a test's namespace.
fn workflows(server: &Instance<Temporal>) -> String {
    temporal(server, &["workflow", "list", "-o", "jsonl"]).unwrap()
}

#[fixture(temporal)]
#[test]
fn its_own_client_finds_what_it_started(
    temporal: &Instance<Temporal>,
    url: &str,
    address: &str,
    namespace: &str,
) {
    assert_eq!(url, format!("http://{address}"));
    assert_eq!(address, format!("127.0.0.1:{}", temporal.port()));
    assert_eq!(temporal.variables()["TEMPORAL_ADDRESS"], address);
    assert_eq!(temporal.variables()["TEMPORAL_NAMESPACE"], namespace);
    start(temporal, "hello").unwrap();
    // The list is made from what is written a moment later.
    eventually("it is listed", || {
        workflows(temporal).contains("hello").then_some(())
    });
}

/// A worker takes the work of the namespace, and a client waits for what comes of it.
const WORKFLOW: &str = "
import asyncio, datetime, os, sys
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

@activity.defn
async def shout(name: str) -> str:
    return name.upper() + '!'

@workflow.defn
class Greet:
    @workflow.run
    async def run(self, name: str) -> str:
        await asyncio.sleep(0.01)
        return 'hello ' + await workflow.execute_activity(
            shout, name, start_to_close_timeout=datetime.timedelta(seconds=30))

async def main():
    namespace = os.environ['TEMPORAL_NAMESPACE']
    client = await Client.connect(os.environ['TEMPORAL_ADDRESS'], namespace=namespace)
    async with Worker(client, task_queue='greetings', workflows=[Greet], activities=[shout],
                      workflow_runner=UnsandboxedWorkflowRunner()):
        print(await client.execute_workflow(Greet.run, 'ada', id='hello', task_queue='greetings'))

asyncio.run(asyncio.wait_for(main(), 60))
# Threads of the client may still end, in an interpreter that would be gone.
sys.stdout.flush()
os._exit(0)";

#[fixture(temporal)]
#[test]
fn a_workflow_runs(temporal: &Instance<Temporal>) {
    let printed = python("temporalio", temporal.variables(), WORKFLOW);
    assert_eq!(printed, "hello ADA!");
}

#[test]
fn tests_share_a_server_and_have_namespaces_of_their_own() {
    let [one, other] = [(), ()].map(|()| daemons::temporal().acquire().unwrap());
    assert_eq!((one.pid(), one.url()), (other.pid(), other.url()));
    assert_ne!(one.namespace(), other.namespace());
    start(&one, "hello").unwrap();
    eventually("it is listed", || {
        workflows(&one).contains("hello").then_some(())
    });
    assert_eq!(workflows(&other), "");
    start(&other, "hello").unwrap();
    let namespace = one.namespace().to_owned();
    let all = || {
        client(
            "curl",
            &["-sSf", &format!("{}/api/v1/namespaces", other.http_url())],
        )
    };
    assert!(all().contains(&namespace));
    let variables = one.variables().clone();
    drop(one);
    eventually("the namespace is gone", || {
        (!all().contains(&namespace)).then_some(())
    });
    // Who still has its name does nothing there.
    let program = std::fs::read_link(format!("/proc/{}/exe", other.pid())).unwrap();
    let mut command = Command::new(program);
    command.env("HOME", other.dir()).envs(&variables);
    eventually("the namespace is refused", || {
        let args = [
            "workflow",
            "start",
            "--type",
            "greet",
            "--task-queue",
            "greetings",
        ];
        let output = command.args(args).output().unwrap();
        (!output.status.success()).then_some(())
    });
}

#[test]
fn a_server_of_ones_own_has_what_is_wanted() {
    let leased = daemons::temporal().start().unwrap();
    let port = leased.port();
    drop(leased);
    let temporal = daemons::temporal().port(port).ui(true);
    let temporal = temporal
        .dynamic_config("limit.maxIDLength", "40")
        .start()
        .unwrap();
    assert_eq!((temporal.port(), temporal.namespace()), (port, "default"));
    start(&temporal, "hello").unwrap();
    let error = start(&temporal, &"long".repeat(11)).unwrap_err();
    assert!(error.contains("length"), "{error}");
    let page = format!("{}/api/v1/namespaces/default", temporal.ui_url());
    assert!(client("curl", &["-sSf", &page]).contains("\"default\""));
}

#[test]
fn what_cannot_be_done_is_said() {
    let temporal = daemons::temporal().acquire().unwrap();
    let error = temporal.reset().unwrap_err().to_string();
    assert!(
        error.contains("the server keeps the name of a namespace that was deleted"),
        "{error}"
    );
    let error = daemons::temporal()
        .dynamic_config("limit.maxIDLength", "{")
        .start();
    let error = error.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError, "{error}");
    assert!(error.to_string().contains("limit.maxIDLength"), "{error}");
}
