//! A client for AMQP.

use std::sync::LazyLock;

use amqprs::BasicProperties;
use amqprs::channel::{BasicGetArguments, BasicPublishArguments, Channel, QueueDeclareArguments};
use amqprs::connection::{Connection, OpenConnectionArguments};
use amqprs::error::Error;
use fixtured_tests::eventually;
use percent_encoding::percent_decode_str;
use tokio::runtime::Runtime;

/// What the clients run in.
pub(super) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A client with a connection and a channel.
pub(super) struct Client {
    open: Option<(Connection, Channel)>,
}

impl Client {
    pub(super) fn connect(url: &str) -> Result<Self, Error> {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
        let (scheme, rest) = url.split_once("://").unwrap();
        let (login, place) = rest.split_once('@').unwrap();
        let (username, password) = login.split_once(':').unwrap();
        let (address, vhost) = place.split_once('/').unwrap();
        let (host, port) = address.split_once(':').unwrap();
        assert_eq!(scheme, "amqp");
        let mut arguments = OpenConnectionArguments::new(
            host,
            port.parse().unwrap(),
            &decoded(username),
            &decoded(password),
        );
        arguments.virtual_host(&decoded(vhost));
        let open = RUNTIME.block_on(async {
            let connection = Connection::open(&arguments).await?;
            let channel = connection.open_channel(None).await?;
            Ok::<_, Error>((connection, channel))
        })?;
        Ok(Self { open: Some(open) })
    }

    pub(super) fn channel(&self) -> &Channel {
        &self.open.as_ref().unwrap().1
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.as_ref().unwrap().0.is_open()
    }

    /// Makes a queue, or finds one that is the same.
    pub(super) fn declare(&self, arguments: QueueDeclareArguments) {
        let declared = self.channel().queue_declare(arguments);
        RUNTIME.block_on(declared).unwrap();
    }

    /// Whether there is a queue of this name. If not, the broker closes the channel.
    pub(super) fn knows(&self, queue: &str) -> bool {
        let asked = QueueDeclareArguments::new(queue).passive(true).finish();
        RUNTIME
            .block_on(self.channel().queue_declare(asked))
            .is_ok()
    }

    pub(super) fn publish(&self, queue: &str, message: &str) {
        let published = self.channel().basic_publish(
            BasicProperties::default(),
            message.into(),
            BasicPublishArguments::new("", queue),
        );
        RUNTIME.block_on(published).unwrap();
    }

    /// What is in the queue next, once it is there.
    pub(super) fn get(&self, queue: &str) -> String {
        let (message, _) = eventually("a message is in the queue", || {
            let arguments = BasicGetArguments::new(queue).no_ack(true).finish();
            let got = self.channel().basic_get(arguments);
            RUNTIME.block_on(got).unwrap()
        });
        String::from_utf8(message.2).unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // They say goodbye by a task.
        let _inside = RUNTIME.enter();
        self.open = None;
    }
}
