//! Plays HCP Terraform: two hosts with TLS (the API, and the storage that it sends us to), and a
//! real server process that it delivers to.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as Segment, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch};
use axum_server::tls_rustls::RustlsConfig;
use serde_json::{Value, json};

pub(crate) const KEY: &str = "a key of the tests, long enough";
pub(crate) const TOKEN: &str = "token-that-nobody-may-see-8f2c";

/// How the API answers when asked for a plan.
#[derive(Clone)]
pub(crate) enum Answer {
    /// 307 to the storage.
    Redirect(Arc<Vec<u8>>),
    /// 307 to somewhere else.
    Elsewhere(String),
    /// The plan itself.
    Plan(Arc<Vec<u8>>),
    /// A status without a body.
    Status(u16),
    /// Half of the body, then the connection ends.
    Half(Arc<Vec<u8>>),
    /// After a while, the plan.
    Slow(Duration, Arc<Vec<u8>>),
}

/// What was sent back for a task, in order.
#[derive(Debug, Clone)]
pub(crate) struct Callback {
    pub(crate) body: Value,
    pub(crate) token: String,
    pub(crate) kind: String,
}

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) callbacks: HashMap<String, Vec<Callback>>,
    pub(crate) tokens_at_storage: usize,
    pub(crate) asked: HashMap<String, usize>,
    /// Answers for the next requests of a task's plan; the last one stays.
    answers: HashMap<String, Vec<Answer>>,
    /// Statuses for the next callbacks of a task, before they are taken.
    refusals: HashMap<String, Vec<u16>>,
    stored: HashMap<String, Arc<Vec<u8>>>,
}

#[derive(Clone)]
struct Shared {
    seen: Arc<Mutex<Seen>>,
    storage: String,
}

/// The mock.
pub(crate) struct Hcp {
    seen: Arc<Mutex<Seen>>,
    pub(crate) api: String,
    pub(crate) storage: String,
    pub(crate) folder: tempfile::TempDir,
}

impl Hcp {
    /// Starts it within a Tokio runtime.
    pub(crate) async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        std::fs::write(folder.path().join("cert.pem"), &certificate).unwrap();
        std::fs::write(folder.path().join("key.pem"), &key).unwrap();
        let tls = RustlsConfig::from_pem(certificate.into_bytes(), key.into_bytes()).await.unwrap();
        let listen = || {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_nonblocking(true).unwrap();
            let name = format!("localhost:{}", listener.local_addr().unwrap().port());
            (listener, name)
        };
        let ((api_listener, api), (storage_listener, storage)) = (listen(), listen());
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Shared { seen: Arc::clone(&seen), storage: storage.clone() };
        let api_routes = Router::new()
            .route("/plan/{task}", get(plan))
            .route("/callback/{task}", patch(callback))
            .with_state(shared.clone());
        let storage_routes = Router::new().route("/object/{task}", get(object)).with_state(shared);
        for (listener, routes) in [(api_listener, api_routes), (storage_listener, storage_routes)] {
            let server = axum_server::from_tcp_rustls(listener, tls.clone()).unwrap();
            tokio::spawn(server.serve(routes.into_make_service()));
        }
        Self { seen, api, storage, folder }
    }

    pub(crate) fn seen<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.lock().unwrap())
    }

    pub(crate) fn answers(&self, task: &str, answers: Vec<Answer>) {
        self.seen(|seen| seen.answers.insert(task.to_owned(), answers));
    }

    pub(crate) fn refuses(&self, task: &str, statuses: Vec<u16>) {
        self.seen(|seen| seen.refusals.insert(task.to_owned(), statuses));
    }

    /// The request of a task.
    pub(crate) fn request(&self, task: &str, stage: &str) -> Value {
        let mut request = json!({
            "payload_version": 1,
            "stage": stage,
            "access_token": TOKEN,
            "capabilities": {"outcomes": true},
            "configuration_version_id": "cv-1",
            "is_speculative": false,
            "organization_name": "acme",
            "run_id": "run-1",
            "task_result_callback_url": format!("https://{}/callback/{task}", self.api),
            "task_result_enforcement_level": "mandatory",
            "task_result_id": task,
            "workspace_id": "ws-1",
            "workspace_name": "prod-eu",
        });
        if stage != "pre_plan" {
            request["plan_json_api_url"] = format!("https://{}/plan/{task}", self.api).into();
        }
        request
    }

    /// Starts holdpoint; `more` are flags, `config` is its holdpoint.toml.
    pub(crate) fn server(&self, config: &str, more: &[&str]) -> Server {
        let folder = self.folder.path();
        std::fs::write(folder.join("holdpoint.toml"), config).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new(env!("CARGO_BIN_EXE_holdpoint"))
            .args(["serve", "run-task", "--listen", &address, "--ca-file", "cert.pem"])
            .args(["--host", &self.api, "--storage-host", &self.storage])
            .args(["--tls-cert", "cert.pem", "--tls-key", "key.pem"])
            .args(more)
            .env("HOLDPOINT_HMAC_KEY", KEY)
            // A plan holds secrets: it is judged in memory.
            .env("TMPDIR", "/nowhere")
            .current_dir(folder)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let pem = std::fs::read(folder.join("cert.pem")).unwrap();
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&pem).unwrap()])
            .build()
            .unwrap();
        let address: SocketAddr = address.parse().unwrap();
        Server { child, client, address, log: folder.join("log") }
    }

    /// Waits for the final result of a task.
    pub(crate) async fn result(&self, task: &str) -> Callback {
        self.results(task, |all| all.iter().any(is_final)).await.pop().unwrap()
    }

    pub(crate) async fn results(
        &self,
        task: &str,
        enough: impl Fn(&[Callback]) -> bool,
    ) -> Vec<Callback> {
        let start = Instant::now();
        loop {
            let all = self.seen(|seen| seen.callbacks.get(task).cloned().unwrap_or_default());
            if enough(&all) {
                return all;
            }
            assert!(start.elapsed() < Duration::from_secs(120), "{task}: {all:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

pub(crate) fn is_final(callback: &Callback) -> bool {
    callback.body["data"]["attributes"]["status"] != "running"
}

/// The server process.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) client: reqwest::Client,
    pub(crate) address: SocketAddr,
    log: std::path::PathBuf,
}

impl Server {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    pub(crate) async fn ready(&mut self) {
        let start = Instant::now();
        loop {
            if let Ok(answer) = self.client.get(self.url("/readyz")).send().await
                && answer.status() == 200
            {
                return;
            }
            assert!(self.child.try_wait().unwrap().is_none(), "{}", self.log());
            assert!(start.elapsed() < Duration::from_secs(30), "{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Delivers a request that is signed with the key.
    pub(crate) async fn deliver(&self, request: &Value) -> u16 {
        let body = request.to_string();
        let signature = sign(body.as_bytes());
        self.post(body.into_bytes(), Some(&signature)).await
    }

    pub(crate) async fn post(&self, body: Vec<u8>, signature: Option<&str>) -> u16 {
        let mut request = self.client.post(self.url("/")).body(body);
        if let Some(signature) = signature {
            request = request.header("X-TFC-Task-Signature", signature);
        }
        request.send().await.unwrap().status().as_u16()
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let answer = self.client.get(self.url(path)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let done = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(done.unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn sign(body: &[u8]) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA512, KEY.as_bytes());
    let tag = ring::hmac::sign(&key, body);
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A plan of the fixtures.
pub(crate) fn fixture(path: &str) -> Arc<Vec<u8>> {
    Arc::new(std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap())
}

async fn plan(
    State(shared): State<Shared>,
    Segment(task): Segment<String>,
    headers: HeaderMap,
) -> Response {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if token != Some(&format!("Bearer {TOKEN}")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let answer = {
        let mut seen = shared.seen.lock().unwrap();
        *seen.asked.entry(task.clone()).or_default() += 1;
        let Some(answers) = seen.answers.get_mut(&task) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
    };
    match answer {
        Answer::Plan(plan) => plan.to_vec().into_response(),
        Answer::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Answer::Elsewhere(url) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, url)]).into_response()
        }
        Answer::Redirect(plan) => {
            shared.seen.lock().unwrap().stored.insert(task.clone(), plan);
            let url = format!("https://{}/object/{task}?secret=1", shared.storage);
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, url)]).into_response()
        }
        Answer::Half(plan) => {
            let half = plan[..plan.len() / 2].to_vec();
            // Less than what is promised: the connection breaks off.
            ([(header::CONTENT_LENGTH, plan.len().to_string())], half).into_response()
        }
        Answer::Slow(pause, plan) => {
            tokio::time::sleep(pause).await;
            plan.to_vec().into_response()
        }
    }
}

async fn object(
    State(shared): State<Shared>,
    Segment(task): Segment<String>,
    headers: HeaderMap,
) -> Response {
    let mut seen = shared.seen.lock().unwrap();
    seen.tokens_at_storage += usize::from(headers.contains_key(header::AUTHORIZATION));
    match seen.stored.get(&task) {
        Some(plan) => plan.to_vec().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn callback(
    State(shared): State<Shared>,
    Segment(task): Segment<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let text = |name: header::HeaderName| {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let mut seen = shared.seen.lock().unwrap();
    if let Some(refusals) = seen.refusals.get_mut(&task)
        && !refusals.is_empty()
    {
        return StatusCode::from_u16(refusals.remove(0)).unwrap();
    }
    let callback = Callback {
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        token: text(header::AUTHORIZATION),
        kind: text(header::CONTENT_TYPE),
    };
    seen.callbacks.entry(task).or_default().push(callback);
    StatusCode::OK
}
