//! Listens, spawns tasks, and stops in order.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use super::client::Api;
use super::connections::Places;
use super::metrics::Metrics;
use super::queue::Queue;
use super::routes::{Front, router};
use super::settings::{Settings, Tls};
use super::signature;
use super::work::Workshop;

/// How long the headers of a request may take: slow ones hold a connection.
const HEADERS: Duration = Duration::from_secs(10);
/// Time for telling HCP Terraform that a task was broken off.
const GOODBYE: Duration = Duration::from_secs(10);

/// Why the server does not run.
#[derive(Debug)]
pub enum Error {
    /// The runtime cannot be started.
    Runtime(std::io::Error),
    /// It cannot listen there.
    Listen(std::io::Error),
    /// The certificate or its key cannot be used.
    Tls(String),
    /// The client cannot be set up.
    Client(String),
    /// It ended by itself.
    Ended(std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Runtime(error) => write!(f, "cannot start the server: {error}"),
            Error::Listen(error) => write!(f, "cannot listen: {error}"),
            Error::Tls(reason) => write!(f, "cannot serve TLS: {reason}"),
            Error::Client(reason) => f.write_str(reason),
            Error::Ended(error) => write!(f, "the server stopped: {error}"),
        }
    }
}

impl std::error::Error for Error {}

/// Serves until it is told to stop (SIGTERM or SIGINT), then finishes or fails what it has begun.
///
/// # Errors
/// [`Error`], before it serves or when it cannot go on.
pub fn run(settings: Settings) -> Result<(), Error> {
    // A second installation is refused, and harmless: it is the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::Runtime)?;
    let served = runtime.block_on(serve(settings));
    // A judge that does not come to an end must not keep the process.
    runtime.shutdown_timeout(Duration::from_secs(1));
    served
}

async fn serve(settings: Settings) -> Result<(), Error> {
    let api = Api::new(settings.hosts.clone(), settings.authorities.as_deref(), settings.max_plan)
        .map_err(Error::Client)?;
    let places = settings.concurrency.max(1);
    let (ending, over) = watch::channel(false);
    let workshop = Arc::new(Workshop {
        api,
        judge: Arc::clone(&settings.judge),
        judging: Arc::new(Semaphore::new(places)),
        places,
        queue: Queue::new(settings.queue.max(1)),
        metrics: Metrics::new(),
        pre_plan: settings.pre_plan,
        deadline: settings.deadline,
        over,
    });
    let stopping = Arc::new(AtomicBool::new(false));
    let (tasks, arrivals) = mpsc::unbounded_channel();
    let front = Front {
        workshop: Arc::clone(&workshop),
        key: signature::key(&settings.hmac_key),
        stopping: Arc::clone(&stopping),
        tasks,
    };
    let tls = match &settings.tls {
        Some(tls) => Some(read(tls).await.map_err(|error| Error::Tls(error.to_string()))?),
        None => None,
    };
    let listener = std::net::TcpListener::bind(settings.listen).map_err(Error::Listen)?;
    listener.set_nonblocking(true).map_err(Error::Listen)?;
    let address = listener.local_addr().map_err(Error::Listen)?;
    let handle = Handle::new();
    let working = tokio::spawn(work_off(Arc::clone(&workshop), arrivals));
    let stop = tokio::spawn(stop_when_told(handle.clone(), stopping, settings.drain));
    info!(address = %address, tls = tls.is_some(), places, queue = settings.queue, "listening");
    let routes = router(front).into_make_service();
    // Who connects and says nothing is bounded by the first time, who says half by the second.
    let mut server = axum_server::from_tcp(listener)
        .map_err(Error::Listen)?
        .http1_only()
        .first_request_timeout(HEADERS)
        .handle(handle);
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEADERS);
    let server = server.acceptor(Places::new());
    let served = match tls {
        Some(tls) => {
            let with_tls = |places| RustlsAcceptor::new(tls).acceptor(places);
            server.map(with_tls).serve(routes).await
        }
        None => server.serve(routes).await,
    };
    stop.abort();
    served.map_err(Error::Ended)?;
    // The routes are gone, and with them the last sender: what arrived is worked off.
    let mut working = working;
    if tokio::time::timeout(settings.drain, &mut working).await.is_err() {
        warn!(left = workshop.queue.taken(), "failing unfinished tasks");
        let _ = ending.send(true);
        if tokio::time::timeout(GOODBYE, working).await.is_err() {
            warn!(left = workshop.queue.taken(), "stopped before all results were delivered");
            return Ok(());
        }
    }
    info!("stopped");
    Ok(())
}

/// Certificate and key, for HTTP/1.1 alone: a delivery is one request.
async fn read(tls: &Tls) -> std::io::Result<RustlsConfig> {
    let read = RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await?;
    let mut config = rustls::ServerConfig::clone(&read.get_inner());
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

/// Spawns what arrives, and ends when nothing can arrive any more and all has ended.
async fn work_off(
    workshop: Arc<Workshop>,
    mut arrivals: mpsc::UnboundedReceiver<super::payload::Request>,
) {
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            arrival = arrivals.recv() => match arrival {
                Some(request) => _ = running.spawn(Arc::clone(&workshop).work(request)),
                None => break,
            },
            Some(ended) = running.join_next() => notice(&ended),
        }
    }
    while let Some(ended) = running.join_next().await {
        notice(&ended);
    }
}

/// A task that ends without a word is a mistake of ours.
fn notice(ended: &Result<(), tokio::task::JoinError>) {
    if ended.is_err() {
        error!("a task ended without a result");
    }
}

async fn stop_when_told(
    handle: Handle<std::net::SocketAddr>,
    stopping: Arc<AtomicBool>,
    drain: Duration,
) {
    stop_signal().await;
    info!("received a stop signal");
    stopping.store(true, Ordering::Relaxed);
    handle.graceful_shutdown(Some(drain.min(Duration::from_secs(10))));
}

#[cfg(unix)]
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        },
        Err(_) => _ = interrupted.await,
    }
}

#[cfg(not(unix))]
async fn stop_signal() {
    let _ = tokio::signal::ctrl_c().await;
}
