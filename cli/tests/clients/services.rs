//! Clients of what services talk to beside data stores: other services, mail, metrics, proxies and names.

use super::Client;

/// The client of each daemon.
pub(crate) const CLIENTS: &[Client] = &[
    (
        "wiremock",
        "curl -sSf -o /dev/null -d '{\"request\": {\"urlPath\": \"/hello\"}, \"response\": {\"body\": \"it works\"}}' $FIXTURED_WIREMOCK_ADMIN_URL/mappings
         curl -sSf $FIXTURED_URL/hello",
        "it works",
    ),
    (
        "smtp",
        "python3 -c '
import os, smtplib
with smtplib.SMTP(\"127.0.0.1\", int(os.environ[\"FIXTURED_SMTP_PORT\"])) as server:
    server.sendmail(\"me@example.com\", os.environ[\"FIXTURED_SMTP_MAILBOX\"], \"Subject: hello\\n\\n\")'
         curl -sSf $FIXTURED_SMTP_MESSAGES_URL | python3 -c 'import json, sys; print([message[\"subject\"] for message in json.load(sys.stdin)])'",
        "['hello']",
    ),
    (
        "prometheus",
        "promtool query instant $FIXTURED_URL 'vector(42)' | cut -d@ -f1",
        "{} => 42",
    ),
    // What is written can be queried a little later.
    (
        "victoriametrics",
        "curl -sSf -d 'heat 21.5' $FIXTURED_URL/api/v1/import/prometheus
         for try in {1..600}; do promtool query instant $FIXTURED_URL heat | grep -o 'heat => 21.5' && break || sleep 0.1; done",
        "heat => 21.5",
    ),
    (
        "envoy",
        "python3 -m http.server --bind 127.0.0.1 --directory $FIXTURED_DATA ${FIXTURED_ENVOY_BACKEND##*:} >/dev/null 2>&1 & trap 'kill %1' EXIT
         for try in {1..600}; do curl -sSf $FIXTURED_URL/envoy.yaml 2>/dev/null | grep -o static_resources && break || sleep 0.1; done
         curl -sSf $FIXTURED_ENVOY_ADMIN_URL/ready",
        "static_resources\nLIVE",
    ),
    (
        "haproxy",
        "python3 -m http.server --bind 127.0.0.1 --directory $FIXTURED_DATA ${FIXTURED_HAPROXY_BACKEND##*:} >/dev/null 2>&1 & trap 'kill %1' EXIT
         for try in {1..600}; do curl -sSf $FIXTURED_URL/haproxy.cfg 2>/dev/null | grep -o 'listen http' && break || sleep 0.1; done",
        "listen http",
    ),
    (
        "dnsmasq",
        "echo '10.0.0.9 db.test' >$FIXTURED_DNSMASQ_HOSTS/mine
         for try in {1..600}; do dig @127.0.0.1 -p $FIXTURED_DNSMASQ_PORT +short db.test | grep . && break || sleep 0.1; done",
        "10.0.0.9",
    ),
];
