//! Mosquitto.

use fixtured::fixture;
use rumqttc::{Client, Event, MqttOptions, Packet, QoS};

use super::Result;

/// The first message that a client receives, which it has sent itself.
fn echoed(options: MqttOptions) -> Result<String> {
    let (client, mut connection) = Client::new(options, 10);
    client.subscribe("weather/#", QoS::AtLeastOnce)?;
    client.publish("weather/here", QoS::AtLeastOnce, true, "21.5")?;
    for event in connection.iter() {
        if let Event::Incoming(Packet::Publish(message)) = event? {
            return Ok(String::from_utf8(message.payload.into())?);
        }
    }
    Err("the connection ended".into())
}

#[fixture(mosquitto)]
fn rumqttc(url: &str) -> Result {
    let options = MqttOptions::parse_url(format!("{url}?client_id=test"))?;
    assert_eq!(echoed(options)?, "21.5");
    Ok(())
}

#[fixture(mosquitto, username = "ada", password = "s3cret")]
fn rumqttc_password(url: &str) -> Result {
    let options = MqttOptions::parse_url(format!("{url}?client_id=test"))?;
    assert_eq!(echoed(options)?, "21.5");
    Ok(())
}
