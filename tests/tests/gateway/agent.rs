//! `holdfast agent` behind a gateway that is a process of its own: both are killed, and a third of the requests fail.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, TryStreamExt};
use holdfast_storage::{ListRequest, ObjectStore, ReadOptions, body::collect};
use holdfast_tests::{
    gateway::{PREFIX, Plan},
    program::{Home, kill},
    proxy::{Act, Proxy},
    servers::Server,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::{process::Child, time::sleep};

/// So long everything may need to arrive.
const PATIENCE: Duration = Duration::from_secs(900);

/// Files by path and hash of their content.
type Files = BTreeMap<String, String>;

fn make(folder: &Path, count: usize) -> Files {
    let mut chance = StdRng::seed_from_u64(7);
    let one = |n: usize| {
        let path = format!("d{}/e{}/file {n}", n % 40, n % 7);
        let content: Vec<u8> = (0..chance.random_range(0..2000)).map(|_| chance.random()).collect();
        let at = folder.join(&path);
        fs::create_dir_all(at.parent().expect("a folder")).expect("a folder");
        fs::write(at, &content).expect("a file");
        (path, hex::encode(Sha256::digest(&content)))
    };
    (0..count).map(one).collect()
}

async fn kept(bucket: &Arc<dyn ObjectStore>) -> Files {
    let prefix = format!("{PREFIX}/web/docs/");
    let mut request = ListRequest { prefix: prefix.clone(), ..ListRequest::default() };
    let mut keys = Vec::new();
    loop {
        let page = bucket.list(&request).await.expect("a listing");
        keys.extend(page.objects.into_iter().map(|row| row.key));
        match page.continuation {
            Some(next) => request.continuation = Some(next),
            None => break,
        }
    }
    let contents = keys.into_iter().map(|key| {
        let prefix = &prefix;
        async move {
            let got = bucket.get(&key, &ReadOptions::default()).await?;
            let path = key.as_str().strip_prefix(prefix.as_str()).expect("below it").to_owned();
            let content = collect(got.body).await?;
            Ok::<_, holdfast_storage::Error>((path, hex::encode(Sha256::digest(&content))))
        }
    });
    futures::stream::iter(contents).buffer_unordered(16).try_collect().await.expect("every object")
}

async fn stop(mut child: Child) {
    let id = rustix::process::Pid::from_raw(child.id().expect("a running program") as i32).expect("its id");
    rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("a signal");
    let ended = tokio::time::timeout(PATIENCE, child.wait()).await.expect("it ends").expect("its end");
    assert_eq!(ended.code(), Some(0), "it ends politely");
}

async fn until_requests(proxy: &Proxy, count: u64) {
    let end = Instant::now() + PATIENCE;
    while proxy.requests() < count {
        assert!(Instant::now() < end, "{} requests of {count}", proxy.requests());
        sleep(Duration::from_millis(20)).await;
    }
}

/// Every third request fails, half of them after they were done; the agent and the gateway are killed twice each, and in
/// the end the bucket holds exactly what the folder does, and the report says so.
pub async fn what_a_failing_gateway_and_kills_leave_is_everything(server: Arc<Server>) {
    let count: usize = if server.name == "embedded" { 10_000 } else { 500 };
    let home = Home::new();
    let at = |name: &str| home.folder.path().join(name);
    let mut plan = Plan::new(&server).await.client("web", "");
    let proxy = Proxy::start(&plan.stay().await).await;
    fs::write(at("server.yaml"), plan.yaml()).expect("a file");
    let agent_file = format!(
        "server: {{url: '{}', api_key: '{}'}}\ndatabase: {{path: agent.db}}\n\
         watches: [{{local_path: src, remote_prefix: docs}}]\n\
         stability: {{debounce_seconds: 1}}\nupload: {{retry_attempts: 10, retry_delay_seconds: 1, concurrency: 16}}\n",
        proxy.endpoint(),
        plan.key("web")
    );
    fs::write(at("client.yaml"), agent_file).expect("a file");
    let path = |name: &str| at(name).to_str().expect("UTF-8").to_owned();
    let gateway = || home.begin(["gateway", "--config", &path("server.yaml")]);
    let agent = || home.begin(["agent", "--config", &path("client.yaml")]);
    let mut wanted = make(&at("src"), count);
    proxy.every(6, Act::CutRequest(0));
    proxy.every(6, Act::CutAnswer(0));

    let (mut the_gateway, mut the_agent) = (gateway(), agent());
    let part = count as u64 / 5;
    until_requests(&proxy, part).await;
    kill(the_gateway).await;
    kill(the_agent).await;
    (the_gateway, the_agent) = (gateway(), agent());
    until_requests(&proxy, 2 * part).await;
    kill(the_agent).await;
    the_agent = agent();
    // The last time the agent finds its way back by itself.
    until_requests(&proxy, 3 * part).await;
    kill(the_gateway).await;
    the_gateway = gateway();
    fs::write(at("src/late"), "came later").expect("a file");
    wanted.insert("late".into(), hex::encode(Sha256::digest("came later")));

    let status = async || home.run(["agent", "status", "--json", "--config", &path("client.yaml")]).await.done();
    let end = Instant::now() + PATIENCE;
    loop {
        let now = status().await;
        let done = now["watches"][0]["files"] == wanted.len() && now["today"]["queue_length"] == 0;
        if done {
            break;
        }
        assert!(Instant::now() < end, "{now:#}");
        sleep(Duration::from_millis(500)).await;
    }
    let bucket = plan.bucket().await;
    let (there, missing) = (kept(&bucket).await, |there: &Files| {
        wanted.iter().filter(|(path, digest)| there.get(*path) != Some(digest)).count()
    });
    assert_eq!((there.len(), missing(&there)), (wanted.len(), 0), "the bucket is what the folder is");
    assert!(bucket.list_uploads("").await.expect("a listing").is_empty(), "nothing is left half done");

    proxy.forgive();
    stop(the_agent).await;
    let reports = reports(&proxy, &plan.admin).await;
    let told = &reports["clients"][0]["report"];
    assert_eq!(told["files_sent"], wanted.len(), "{reports:#}");
    assert_eq!((&told["queue_length"], reports.to_string().contains(plan.key("web"))), (&Value::from(0), false));
    stop(the_gateway).await;
}

async fn reports(proxy: &Proxy, admin: &str) -> Value {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let asked = http.get(format!("{}/reports", proxy.endpoint())).bearer_auth(admin).send().await.expect("an answer");
    assert_eq!(asked.status().as_u16(), 200);
    asked.json().await.expect("JSON")
}
