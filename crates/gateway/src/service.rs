//! One request from its head to its answer: a number, who asks, their limits, the route, the log, and the touches that
//! every answer gets.

use std::{convert::Infallible, future::Future, net::SocketAddr, pin::Pin, sync::Arc, time::Instant};

use axum::{Router, body::Body, extract::MatchedPath, response::Response};
use holdfast_bucket::Front;
use http::{HeaderValue, Request, StatusCode, header, request::Parts};
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;
use tower::ServiceExt;

use crate::{
    activity::Counts,
    api,
    auth::{Principal, principal},
    body::{Inflow, Outflow},
    error::{Answer, ApiError},
    live::Client,
    s3_front,
    state::State,
};

/// What needs no key.
const OPEN: &[&str] = &["/health", "/openapi.json", "/auth/login", "/metrics"];
/// What only the administrator may ask.
const ADMIN: &[&str] = &["/reports"];

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Answers the requests of one connection. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Service {
    state: Arc<State>,
    router: Router,
    peer: Peer,
}

/// Which route answered, and for whom.
#[derive(Debug, Default)]
struct Told {
    route: Option<String>,
    client: Option<Arc<Client>>,
}

impl Service {
    pub(crate) fn new(state: Arc<State>) -> Self {
        let router = api::router(state.clone());
        Self { state, router, peer: Peer(SocketAddr::from(([0, 0, 0, 0], 0))) }
    }

    pub(crate) fn of(&self, peer: SocketAddr) -> Self {
        Self { peer: Peer(peer), ..self.clone() }
    }

    async fn answer(self, request: Request<Incoming>) -> Response {
        let (began, method) = (Instant::now(), request.method().clone());
        let id = uuid::Uuid::new_v4().simple().to_string();
        self.state.metrics.under_way.inc();
        let mut told = Told::default();
        let mut response = match Front::is_signed(request.headers()) && self.state.live().s3_api {
            true => self.by_s3(request, &mut told).await,
            false => self.by_api(request, &id, &mut told).await,
        };
        self.state.metrics.under_way.dec();
        if let Ok(id) = HeaderValue::try_from(&id) {
            response.headers_mut().insert("x-request-id", id);
        }
        response.headers_mut().insert(header::SERVER, HeaderValue::from_static("Holdfast"));
        let (status, route) = (response.status().as_u16(), told.route.as_deref().unwrap_or("none"));
        self.state.metrics.answered(route, status);
        let client = told.client.as_ref().map_or("-", |client| &client.name);
        if let Some(client) = &told.client {
            let errors = u64::from(status >= 400 && status != 404 && status != 412);
            self.state.activity.count(&client.name, Counts { requests: 1, errors, ..Counts::default() });
        }
        let milliseconds = began.elapsed().as_millis() as u64;
        tracing::info!(request_id = id, client, %method, route, status, milliseconds, peer = %self.peer.0, "answered");
        response
    }

    async fn by_s3(&self, request: Request<Incoming>, told: &mut Told) -> Response {
        told.route = Some("s3".to_owned());
        let (client, response) = s3_front::answer(&self.state, request).await;
        told.client = client;
        response
    }

    async fn by_api(&self, request: Request<Incoming>, id: &str, told: &mut Told) -> Response {
        let (parts, body) = request.into_parts();
        let expects = parts.headers.contains_key(header::EXPECT);
        let inflow = Inflow::new(body, self.state.body_timeout);
        let rest = inflow.rest();
        let outcome = self.routed(parts, Body::new(inflow), told).await;
        let mut response = outcome.unwrap_or_else(axum::response::IntoResponse::into_response);
        if let Some(error) = response.extensions().get::<ApiError>().cloned() {
            if error.status.is_server_error() {
                tracing::warn!(request_id = id, code = error.code, "a request failed: {}", error.message);
            }
            let allowed = response.headers_mut().remove(header::ALLOW);
            response = error.respond(id);
            allowed.map(|methods| response.headers_mut().insert(header::ALLOW, methods));
            // A client that waits for leave to send its body will not send it now.
            if (expects && rest.is_there()) || !rest.drain().await {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
        }
        response
    }

    async fn routed(&self, mut parts: Parts, body: Body, told: &mut Told) -> Answer<Response> {
        let path = parts.uri.path();
        parts.extensions.insert(self.peer);
        let mut place = None;
        if !OPEN.contains(&path) {
            let who = principal(&self.state, &parts.headers).await?;
            if let Principal::Client(client) = &who {
                told.client = Some(client.clone());
            }
            place = enter(&who, path).await?;
            parts.extensions.insert(who);
        }
        let response = self.router.clone().oneshot(Request::from_parts(parts, body)).await;
        let mut response = response.unwrap_or_else(|never| match never {});
        told.route = response.extensions_mut().remove::<MatchedPath>().map(|route| route.as_str().to_owned());
        Ok(match place {
            Some(place) if response.status() != StatusCode::NOT_MODIFIED => {
                let error = response.extensions().get::<ApiError>().cloned();
                let (parts, body) = response.into_parts();
                let mut response = Response::from_parts(parts, Body::new(Outflow::new(body, place)));
                error.map(|error| response.extensions_mut().insert(error));
                response
            }
            _ => response,
        })
    }
}

/// Holds who asks against what is asked, and gives them a place.
async fn enter(who: &Principal, path: &str) -> Answer<Option<OwnedSemaphorePermit>> {
    match who {
        Principal::Client(client) if ADMIN.contains(&path) => Err(ApiError::forbidden(&client.name, "admin")),
        Principal::Client(client) => client.limits.enter(&client.name).await.map(Some),
        Principal::Admin if ADMIN.contains(&path) => Ok(None),
        Principal::Admin => Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "admin_only_reads",
            "the administrator's key reads reports and numbers, and nothing else",
            "Use the key of a client.",
        )),
    }
}

impl hyper::service::Service<Request<Incoming>> for Service {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move { Ok(service.answer(request).await) })
    }
}
