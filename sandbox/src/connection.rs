//! Connections that can be broken on purpose, and bodies that end too early.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Breaks the connection it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct KillSwitch(Arc<AtomicBool>);

impl KillSwitch {
    /// From now on nothing more is written; the caller sees a reset.
    pub(crate) fn pull(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Connected<IncomingStream<'_, Doorman>> for KillSwitch {
    fn connect_info(stream: IncomingStream<'_, Doorman>) -> Self {
        stream.io().kill.clone()
    }
}

/// Accepts connections with a kill switch.
#[derive(Debug)]
pub(crate) struct Doorman(pub(crate) TcpListener);

impl Listener for Doorman {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small answers must not wait for acknowledgements.
        let _ = stream.set_nodelay(true);
        (Connection { stream, kill: KillSwitch(Arc::default()) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection with a kill switch.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    kill: KillSwitch,
}

impl Connection {
    fn check(&self) -> io::Result<()> {
        if self.kill.0.load(Ordering::Acquire) {
            // Without lingering, closing sends a reset.
            let _ = self.stream.set_zero_linger();
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The first half of a body, and then no good end.
#[derive(Debug)]
pub(crate) struct Partial {
    half: Option<Bytes>,
    silent: bool,
}

impl Partial {
    /// Breaks the connection after half of the bytes.
    pub(crate) fn then_broken(body: &[u8]) -> Self {
        Self { half: Some(Bytes::copy_from_slice(&body[..body.len() / 2])), silent: false }
    }

    /// Sends nothing more after half of the bytes.
    pub(crate) fn then_silent(body: &[u8]) -> Self {
        Self { silent: true, ..Self::then_broken(body) }
    }
}

impl Body for Partial {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match (self.half.take(), self.silent) {
            (Some(half), _) => Poll::Ready(Some(Ok(Frame::data(half)))),
            (None, true) => Poll::Pending,
            (None, false) => Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into()))),
        }
    }
}
