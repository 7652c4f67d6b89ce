//! The pages, rendered on the server.

use app::{HomeProblem, Page, RESERVED};
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, RawQuery, Request, State};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use protocol::RoomId;
use serde::Deserialize;

use crate::arrival;
use crate::headers::Nonce;
use crate::render;
use crate::router::Shared;

/// A page holds its response's nonce, and names files by hashes that the next build changes.
const FRESH: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Characters of a wrong room name that the home page shows again.
const ECHO_MAX_CHARS: usize = 200;

/// The home page's form.
#[derive(Deserialize)]
pub(crate) struct HomeForm {
    room: Option<String>,
}

/// `/`, and `/?room=` when its form is sent.
pub(crate) async fn home(
    State(shared): State<Shared>,
    form: Result<Query<HomeForm>, QueryRejection>,
    Extension(nonce): Extension<Nonce>,
) -> Response {
    let problem = match form {
        Ok(Query(HomeForm { room: None })) => None,
        Ok(Query(HomeForm { room: Some(typed) })) => match room_of(&typed) {
            Ok(room) => return see_other(&room, None),
            Err(sentence) => Some((StatusCode::UNPROCESSABLE_ENTITY, typed, sentence)),
        },
        Err(_) => Some((
            StatusCode::BAD_REQUEST,
            String::new(),
            "This link is damaged. Type the room's name here.".to_owned(),
        )),
    };
    let (status, problem) = match problem {
        None => (StatusCode::OK, None),
        Some((status, typed, sentence)) => {
            let typed = typed.chars().take(ECHO_MAX_CHARS).collect();
            (status, Some(HomeProblem { typed, sentence }))
        }
    };
    render(&shared, Page::Home, problem, status, nonce)
}

/// The room that somebody typed, or a sentence for them.
fn room_of(typed: &str) -> Result<RoomId, String> {
    let room = RoomId::from_typed(typed).map_err(|problem| problem.to_string())?;
    if RESERVED.contains(&room.as_str()) {
        return Err(format!("This site uses the name {room} itself. Choose another one."));
    }
    Ok(room)
}

/// `/new`: a room that nobody guesses. What stands in the query (`?name=` and the like) goes along.
pub(crate) async fn new_room(RawQuery(query): RawQuery) -> Response {
    let mut bytes = [0; 16];
    if getrandom::fill(&mut bytes).is_err() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "The server has no random numbers. Try again later.",
        )
            .into_response();
    }
    let room = RoomId::from_random_bytes(bytes);
    see_other(&room, query.as_deref())
}

fn see_other(room: &RoomId, query: Option<&str>) -> Response {
    let mut response = Redirect::to(&path_of(room, query)).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn path_of(room: &RoomId, query: Option<&str>) -> String {
    match query {
        Some(query) => format!("/{room}?{query}"),
        None => format!("/{room}"),
    }
}

/// `/{room}`. What is no room's name may be a file's.
pub(crate) async fn room(
    State(shared): State<Shared>,
    Extension(nonce): Extension<Nonce>,
    request: Request,
) -> Response {
    // The path as it stands in the URL, not decoded: the browser starts by the same function on the same text.
    match Page::from_path(request.uri().path()) {
        page @ Page::Room(_) if shared.site.is_complete() => {
            let mut response = render::hydrated(&shared, page, nonce, request).await;
            response.headers_mut().insert(CACHE_CONTROL, FRESH);
            let (vary, by) = arrival::VARY;
            response.headers_mut().insert(vary, by);
            response
        }
        Page::Room(_) => without_site(),
        Page::Home | Page::NotFound => file_or_not_found(State(shared), Extension(nonce), request).await,
    }
}

/// `/{room}/`: the same without the slash.
pub(crate) async fn trailing_slash(
    State(shared): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(nonce): Extension<Nonce>,
    request: Request,
) -> Response {
    // Not decoded either: a name needs no escapes, and what is escaped is no name.
    match request.uri().path().trim_matches('/').parse::<RoomId>() {
        Ok(room) => Redirect::permanent(&path_of(&room, query.as_deref())).into_response(),
        Err(_) => file_or_not_found(State(shared), Extension(nonce), request).await,
    }
}

/// Any other path: a file of the site, or the page that says that there is nothing.
pub(crate) async fn file_or_not_found(
    State(shared): State<Shared>,
    Extension(nonce): Extension<Nonce>,
    request: Request,
) -> Response {
    match shared.site.file(request).await {
        Some(file) => file,
        None => render(&shared, Page::NotFound, None, StatusCode::NOT_FOUND, nonce),
    }
}

fn render(shared: &Shared, page: Page, problem: Option<HomeProblem>, status: StatusCode, nonce: Nonce) -> Response {
    let html = Html(render::still(shared, page, problem, nonce));
    (status, [(CACHE_CONTROL, FRESH)], html).into_response()
}

/// Instead of a room page that could not start.
fn without_site() -> Response {
    const PAGE: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Parlour</title></head><body>\
        <h1>This server has no call page</h1><p>Its program was built without its site. Whoever runs it can build both \
        with <code>make run</code>.</p></body></html>";
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers, PAGE).into_response()
}
