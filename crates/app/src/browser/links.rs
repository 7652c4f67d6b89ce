//! What the connections are like, for who looks at it: measured when asked, never otherwise.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ::call::Input;
use leptos::prelude::*;
use protocol::{PeerId, PeerLink, Route};
use wasm_bindgen::prelude::*;
use web_sys::Element;

use super::page;
use super::room::Room;
use super::rtc_ext::{call, get, get_text};
use super::task::spawn;
use crate::links::{Row, table};

/// After so many questions without an answer a row is no longer believed.
const BELIEVED: u8 = 3;

/// The panel, and what everybody has measured while it is open.
#[derive(Default)]
pub(super) struct Links {
    open: Cell<bool>,
    rows: RefCell<Vec<Row>>,
}

impl Room {
    /// Something was opened or closed, in whatever way (`toggle`, HTML section 6.12.1); perhaps the panel.
    pub(super) fn toggled(self: &Rc<Self>, event: &JsValue) {
        let panel = get(event, "target");
        if get_text(&panel, "id").as_deref() != Some("connections") {
            return;
        }
        let state = get_text(event, "newState");
        self.open_links(state.as_deref() == Some("open"));
        if self.links.open.get() {
            // The keyboard goes in; the browser puts it back.
            call(&panel, "focus");
        }
    }

    /// The panel is open, or is not.
    pub(super) fn open_links(self: &Rc<Self>, open: bool) {
        self.links.open.set(open);
        self.links.rows.borrow_mut().clear();
        if let Some(button) = find(".ways") {
            let _ = button.set_attribute("aria-expanded", if open { "true" } else { "false" });
        }
        self.draw_links();
        self.look_at_links();
    }

    /// While the panel is open: asks for everything anew.
    pub(super) fn look_at_links(self: &Rc<Self>) {
        if self.links.open.get() {
            self.links.rows.borrow_mut().retain_mut(|row| {
                row.age += 1;
                row.age <= BELIEVED
            });
            self.dispatch(Input::Look);
        }
    }

    /// Keeps what somebody has measured.
    pub(super) fn keep_links(&self, from: PeerId, links: Vec<PeerLink>) {
        let mut rows = self.links.rows.borrow_mut();
        rows.retain(|row| row.from != from);
        rows.push(Row { from, links, age: 0 });
        drop(rows);
        self.draw_links();
    }

    /// Fills the panel, or empties it.
    fn draw_links(&self) {
        let (Some(document), Some(into)) = (page::document(), find(".links")) else {
            return;
        };
        into.set_text_content(None);
        let Some(me) = self.me().filter(|_| self.links.open.get()) else {
            return;
        };
        let mut people = vec![(me, "You".to_owned())];
        for tile in self.state.peers.get_untracked() {
            people.push((tile.id, tile.name.get_untracked()));
        }
        let mut row = into.clone();
        table(&people, &self.links.rows.borrow(), &mut |field| {
            let Ok(element) = document.create_element("span") else {
                return;
            };
            let attributes = [
                ("role", field.role),
                ("data-way", field.way),
                ("data-about", field.about),
            ];
            for (name, value) in attributes {
                let _ = element.set_attribute(name, value);
            }
            element.set_text_content(Some(field.text));
            if field.role == "row" {
                let _ = into.append_child(&element);
                row = element;
            } else {
                let _ = row.append_child(&element);
            }
        });
    }

    /// Measures the connection to everybody.
    pub(super) fn measure_links(self: &Rc<Self>) {
        let room = Rc::clone(self);
        spawn(async move {
            let mut links = Vec::new();
            for tile in room.state.peers.get_untracked() {
                let report = match room.connection_to(tile.id) {
                    Some(connection) => connection.report().await,
                    None => JsValue::UNDEFINED,
                };
                links.push(read(tile.id, &report));
            }
            if let Some(me) = room.me() {
                room.keep_links(me, links.clone());
            }
            room.dispatch(Input::Measured { links });
        });
    }
}

fn find(selector: &str) -> Option<Element> {
    page::document()?.query_selector(selector).ok()?
}

/// Reads an `RTCStatsReport` (W3C WebRTC Statistics).
fn read(peer: PeerId, report: &JsValue) -> PeerLink {
    let mut link = PeerLink {
        peer,
        route: Route::None,
        round_trip_ms: None,
        lost_permille: 0,
    };
    if !report.is_object() {
        return link;
    }
    // It is like a map, and answers as one.
    let by_id = |id| report.unchecked_ref::<js_sys::Map>().get(&id);
    let mut pair = JsValue::UNDEFINED;
    for entry in js_sys::Array::from(report).iter() {
        let stats = get(&entry, "1");
        match get_text(&stats, "type").unwrap_or_default().as_str() {
            "transport" => pair = by_id(get(&stats, "selectedCandidatePairId")),
            // Firefox has no transport.
            "candidate-pair" if get(&stats, "selected").is_truthy() => pair = stats,
            "remote-inbound-rtp" => {
                let lost = thousandths(&stats, "fractionLost").unwrap_or(0);
                link.lost_permille = link.lost_permille.max(lost);
                link.round_trip_ms = link.round_trip_ms.or(thousandths(&stats, "roundTripTime"));
            }
            _ => {}
        }
    }
    if !pair.is_object() {
        return link;
    }
    link.round_trip_ms = thousandths(&pair, "currentRoundTripTime").or(link.round_trip_ms);
    let [local, remote] = ["localCandidateId", "remoteCandidateId"].map(|key| by_id(get(&pair, key)));
    let is_relayed = |end| get_text(end, "candidateType").as_deref() == Some("relay");
    let over = |key| get_text(&local, key).unwrap_or_default();
    link.route = match (is_relayed(&local), is_relayed(&remote)) {
        (true, _) => match over("relayProtocol").as_str() {
            "tls" => Route::RelayedTls,
            "tcp" => Route::RelayedTcp,
            _ => Route::RelayedUdp,
        },
        // Theirs: up to it we have a way of our own.
        (_, true) => Route::RelayedUdp,
        _ if over("protocol") == "tcp" => Route::DirectTcp,
        _ => Route::DirectUdp,
    };
    link
}

fn thousandths(stats: &JsValue, key: &str) -> Option<u32> {
    // A cast of a float saturates.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    get(stats, key).as_f64().map(|value| (value * 1000.0 + 0.5) as u32)
}
