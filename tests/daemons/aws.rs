//! AWS, by its client for Python: each service that the definition names.

use fixtured::daemons::{self, Aws};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::{boto3, client};

/// What a client prints that uses all services. It finds nothing, whoever else does the same.
const ALL: &str = r#"
client = boto3.client
print(client("sts").get_caller_identity()["Account"])

print(s3.list_buckets()["Buckets"])
s3.create_bucket(Bucket="photos")
s3.put_object(Bucket="photos", Key="a/b", Body=b"hello", Metadata={"by": "me"})
got = s3.get_object(Bucket="photos", Key="a/b")
print(got["Body"].read(), got["Metadata"])

sqs = client("sqs")
print(sqs.list_queues().get("QueueUrls"))
queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
sqs.send_message(QueueUrl=queue, MessageBody="hello")
received = sqs.receive_message(QueueUrl=queue)["Messages"]
print([message["Body"] for message in received])
sqs.delete_message(QueueUrl=queue, ReceiptHandle=received[0]["ReceiptHandle"])

sns = client("sns")
print(sns.list_topics()["Topics"])
topic = sns.create_topic(Name="news")["TopicArn"]
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
sns.publish(TopicArn=topic, Message="extra")
print([message["Body"] for message in sqs.receive_message(QueueUrl=queue)["Messages"]])

dynamodb = client("dynamodb")
print(dynamodb.list_tables()["TableNames"])
dynamodb.create_table(
    TableName="users",
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    BillingMode="PAY_PER_REQUEST",
)
dynamodb.put_item(TableName="users", Item={"id": {"S": "1"}, "name": {"S": "Ada"}})
dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "users", "Item": {"id": {"S": "2"}}}}])
print(dynamodb.get_item(TableName="users", Key={"id": {"S": "1"}})["Item"]["name"], dynamodb.scan(TableName="users")["Count"])

ssm = client("ssm")
print(ssm.describe_parameters()["Parameters"])
ssm.put_parameter(Name="/app/mode", Value="fast", Type="SecureString")
print(ssm.get_parameter(Name="/app/mode", WithDecryption=True)["Parameter"]["Value"])

kms = client("kms")
key = kms.create_key()["KeyMetadata"]["KeyId"]
print(kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"])["Plaintext"])

secrets = client("secretsmanager")
print(secrets.list_secrets()["SecretList"])
secrets.create_secret(Name="database", SecretString="password")
print(secrets.get_secret_value(SecretId="database")["SecretString"])
"#;

fn all_as(account: &str) -> String {
    format!(
        "{account}\n[]\nb'hello' {{'by': 'me'}}\nNone\n['hello']\n[]\n['extra']\n[]\n{{'S': 'Ada'}} 2\n[]\nfast\nb'secret'\n[]\npassword"
    )
}

#[fixture(aws)]
fn a_client_reads_back_what_it_wrote(aws: &Instance<Aws>, url: &str, account: &str) {
    assert_eq!(url, format!("http://127.0.0.1:{}", aws.port()));
    assert_eq!(aws.endpoint_url(), url);
    assert_eq!(aws.variables()["AWS_ACCESS_KEY_ID"], aws.access_key());
    assert_eq!(aws.variables()["AWS_SECRET_ACCESS_KEY"], aws.secret_key());
    assert_eq!(aws.variables()["AWS_SESSION_TOKEN"], aws.session_token());
    assert_eq!(aws.region(), "us-east-1");
    assert_eq!(boto3(aws.variables(), ALL), all_as(account));
}

#[test]
fn two_tests_share_a_server_and_see_nothing_of_each_other() {
    let tests = [(); 2].map(|()| daemons::aws().acquire().unwrap());
    let [one, other] = &tests;
    assert_eq!(one.pid(), other.pid());
    assert_ne!(one.account(), other.account());
    assert_ne!(one.access_key(), other.access_key());
    std::thread::scope(|scope| {
        for aws in &tests {
            scope.spawn(|| assert_eq!(boto3(aws.variables(), ALL), all_as(aws.account())));
        }
    });
}

#[fixture(aws)]
#[fixture(aws as other)]
fn a_signed_url_is_that_of_an_account(aws: &Instance<Aws>, other: &Instance<Aws>) {
    let signed = |aws: &Instance<Aws>, version: &str| {
        let code = format!(
            r#"
s3 = boto3.client("s3", config=boto3.session.Config(signature_version="{version}"))
s3.create_bucket(Bucket="photos")
s3.put_object(Bucket="photos", Key="whose", Body=b"{}")
print(s3.generate_presigned_url("get_object", {{"Bucket": "photos", "Key": "whose"}}))
"#,
            aws.account()
        );
        boto3(aws.variables(), &code)
    };
    for version in ["s3", "s3v4"] {
        let urls = [aws, other].map(|aws| (aws, signed(aws, version)));
        for (aws, url) in urls {
            let found = client("curl", &["-sSf", "--max-time", "20", &url]);
            assert_eq!(found, aws.account());
        }
    }
}

/// What the account of this number has, as whoever comes later finds it.
fn queues(aws: &Instance<Aws>, account: &str) -> String {
    let code = format!(
        "role = boto3.client('sts').assume_role(RoleArn='arn:aws:iam::{account}:role/later', RoleSessionName='later')['Credentials']\n\
         sqs = boto3.client('sqs', aws_access_key_id=role['AccessKeyId'], aws_secret_access_key=role['SecretAccessKey'], \
         aws_session_token=role['SessionToken'])\n\
         print(sqs.list_queues().get('QueueUrls', []))"
    );
    boto3(aws.variables(), &code)
}

#[test]
fn what_an_account_held_is_gone_when_its_test_is() {
    let server = daemons::aws().acquire().unwrap();
    let aws = daemons::aws().acquire().unwrap();
    let code = r#"boto3.client("sqs").create_queue(QueueName="short-lived")"#;
    boto3(aws.variables(), code);
    let account = aws.account().to_owned();
    assert!(queues(&server, &account).contains("short-lived"));
    let keys = aws.variables().clone();
    drop(aws);
    fixtured_tests::eventually("the account is empty", || {
        (queues(&server, &account) == "[]").then_some(())
    });
    let identity = r#"print(boto3.client("sts").get_caller_identity()["Account"])"#;
    assert_eq!(boto3(&keys, identity), "123456789012");
}

#[fixture(aws)]
fn a_reset_empties_the_account_and_keeps_its_keys(aws: &Instance<Aws>, account: &str) {
    let account = account.to_owned();
    boto3(aws.variables(), ALL);
    aws.reset().unwrap();
    assert_eq!(boto3(aws.variables(), ALL), all_as(&account));
}

#[fixture(aws, scope = "test")]
fn a_dedicated_server_has_an_account_too(aws: &Instance<Aws>) {
    let shared = daemons::aws().acquire().unwrap();
    assert_ne!(aws.pid(), shared.pid());
    assert_eq!(aws.session_token(), "");
    assert_eq!(boto3(aws.variables(), ALL), all_as("123456789012"));
}

#[fixture(aws, region = "eu-central-1")]
fn clients_use_the_region_that_was_asked_for(aws: &Instance<Aws>, account: &str) {
    let code = r#"print(boto3.client("sns").create_topic(Name="news")["TopicArn"])"#;
    let wanted = format!("arn:aws:sns:eu-central-1:{account}:news");
    assert_eq!(boto3(aws.variables(), code), wanted);
    assert_eq!(aws.region(), "eu-central-1");
}

#[test]
fn a_name_that_no_region_has_is_refused() {
    let error = daemons::aws().region("EU 1").acquire().unwrap_err();
    let wanted =
        "cannot start `aws`: `EU 1` cannot be the name of a region, such as `eu-central-1`";
    assert!(error.to_string().starts_with(wanted), "{error}");
}
