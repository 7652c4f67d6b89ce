//! Lets requests through, and tells the sockets among them what their address may do.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use listener::Visits;
use visitor::{Act, Bounds, Kept, Visitor};

/// Lets a request through, and says whose it is.
pub(crate) async fn admit(State(visits): State<Visits>, mut request: Request, next: Next) -> Response {
    match visits.admit(&mut request) {
        Err(too_often) => return too_often.into_response(),
        Ok(None) => {}
        Ok(Some(visitor)) => {
            let bounds = visits.bounds().clone();
            let guest = signaling::Guest(Arc::new(Guest { bounds, visitor }));
            request.extensions_mut().insert(guest);
        }
    }
    next.run(request).await
}

/// An address, as its sockets ask.
#[derive(Debug)]
struct Guest {
    bounds: Bounds,
    visitor: Arc<Visitor>,
}

impl signaling::Allowance for Guest {
    fn socket(&self) -> Option<Box<dyn Send + Sync>> {
        let hold = self.bounds.hold(&self.visitor, Kept::Socket)?;
        Some(Box::new(hold))
    }

    fn may(&self, act: signaling::Act) -> bool {
        let act = match act {
            signaling::Act::Join => Act::Join,
            signaling::Act::Room => Act::Room,
            signaling::Act::Peek => Act::Peek,
            signaling::Act::Probe => Act::Probe,
            signaling::Act::Frames(count) => Act::Frames(count),
            // What is not known here has no bound here.
            _ => return true,
        };
        self.bounds.may(&self.visitor, act)
    }
}
