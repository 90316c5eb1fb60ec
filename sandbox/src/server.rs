//! The server: accepts connections, hands requests to the pipeline, delivers the answers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::connection::{Doorman, KillSwitch, Partial};
use crate::control::Control;
use crate::options::SiteOptions;
use crate::pipeline::{Delivery, Door, Host, Inbound, Outbound};
use crate::site::Site;

/// The largest body a request may have.
const MOST_BODY: usize = 16 << 20;

/// How long a shutdown waits for answers on their way.
const GRACE: Duration = Duration::from_secs(1);

/// A running site.
///
/// It stops when dropped or when [`Sandbox::shutdown`] is awaited.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    host: Arc<Host>,
    closing: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Sandbox {
    /// Draws a site and serves it on a free port of 127.0.0.1.
    pub async fn start(options: SiteOptions) -> io::Result<Self> {
        Self::start_on(options, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Draws a site and serves it on an address.
    pub async fn start_on(options: SiteOptions, address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let site = tokio::task::spawn_blocking(move || Site::generate(&options))
            .await
            .map_err(io::Error::other)?;
        let host = Arc::new(Host::new(site));
        let (closing, closed) = watch::channel(false);
        let shared = Shared { host: Arc::clone(&host), closed: closed.clone() };
        let service = Router::new()
            .fallback(handle)
            .with_state(shared)
            .into_make_service_with_connect_info::<KillSwitch>();
        let serving =
            axum::serve(Doorman(listener), service).with_graceful_shutdown(until_closed(closed));
        let task = tokio::spawn(async move {
            // Serving ends only by the signal above; accept errors are retried inside.
            let _ = serving.await;
        });
        Ok(Self { address, host, closing, task })
    }

    /// The address of the site, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the site contains now. Later changes do not reach what is returned.
    #[must_use]
    pub fn site(&self) -> Arc<Site> {
        self.host.timeline.site()
    }

    /// Changes the site. Requests that are being answered still see the site before.
    ///
    /// Searches see the change after [`SiteOptions::index_lag`], counted from the instant the
    /// clock shows now. `change` must not change the sandbox itself.
    pub fn change(&self, change: impl FnOnce(&mut Site)) {
        self.host.timeline.change(self.host.clock.now(), change);
    }

    /// The clock of the site. It shows the machine's time until it is set.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.host.clock
    }

    /// The levers of the site.
    #[must_use]
    pub fn control(&self) -> &Control {
        &self.host.control
    }

    /// Stops accepting connections, lets answers on their way finish for a moment, and ends.
    pub async fn shutdown(mut self) {
        self.closing.send_replace(true);
        if tokio::time::timeout(GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.closing.send_replace(true);
    }
}

async fn until_closed(mut closed: watch::Receiver<bool>) {
    // An error means the sandbox is gone, which is the same.
    let _ = closed.wait_for(|closed| *closed).await;
}

#[derive(Clone)]
struct Shared {
    host: Arc<Host>,
    closed: watch::Receiver<bool>,
}

async fn handle(
    State(shared): State<Shared>,
    ConnectInfo(kill): ConnectInfo<KillSwitch>,
    request: Request,
) -> Response {
    let Some(inbound) = read(request).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let host = Arc::clone(&shared.host);
    let ticket = shared.host.admit(&inbound);
    let answered = tokio::task::spawn_blocking(move || host.answer(&inbound)).await;
    let Ok(outbound) = answered else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR);
    };
    if !outbound.delay.is_zero() {
        tokio::time::sleep(outbound.delay).await;
    }
    match outbound.delivery {
        Delivery::Reset => {
            kill.pull();
            plain(StatusCode::NO_CONTENT)
        }
        Delivery::Never => {
            until_closed(shared.closed.clone()).await;
            kill.pull();
            plain(StatusCode::NO_CONTENT)
        }
        _ => {
            ticket.answered(outbound.status);
            respond(outbound)
        }
    }
}

async fn read(request: Request) -> Option<Inbound> {
    let (parts, body) = request.into_parts();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let (door, path) = Door::of(parts.uri.path());
    Some(Inbound {
        method: parts.method.as_str().to_owned(),
        door,
        path: path.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: to_bytes(body, MOST_BODY).await.ok()?.to_vec(),
    })
}

fn plain(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn respond(outbound: Outbound) -> Response {
    let length = outbound.body.len();
    let body = match outbound.delivery {
        Delivery::Truncated => Body::new(Partial::then_broken(&outbound.body)),
        Delivery::Stalled => Body::new(Partial::then_silent(&outbound.body)),
        _ => Body::from(outbound.body),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(outbound.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &outbound.headers {
        let header =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()));
        if let (Ok(name), Ok(value)) = header {
            response.headers_mut().append(name, value);
        }
    }
    if outbound.delivery != Delivery::Whole {
        response
            .headers_mut()
            .insert(axum::http::header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}
