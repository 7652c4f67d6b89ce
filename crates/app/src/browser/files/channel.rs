//! The data channels that files go over: each for one file, made when its receiver has named it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use call::files::{FILE_BUFFERED_LOW, FileInput};
use call::{ConnectionId, Input};
use wasm_bindgen::prelude::*;
use web_sys::{RtcDataChannel, RtcDataChannelType};

use crate::browser::connection::Tell;
use crate::browser::rtc_ext::{PeerConnection, message_bytes, object, set};

/// Those of one connection. Dropping them closes them, and nothing more is heard of them.
pub(in crate::browser) struct FileChannels {
    connection: ConnectionId,
    tell: Tell,
    /// Four at most are in use: few enough to be looked through.
    open: RefCell<Vec<FileChannel>>,
}

struct FileChannel {
    number: u16,
    channel: RtcDataChannel,
    /// Bytes given to `send()`.
    given: Rc<Cell<u64>>,
    _handlers: [Closure<dyn FnMut(JsValue)>; 4],
}

const EVENTS: [&str; 4] = ["onopen", "onclose", "onmessage", "onbufferedamountlow"];

impl FileChannels {
    pub(in crate::browser) fn new(connection: ConnectionId, tell: Tell) -> Self {
        Self {
            connection,
            tell,
            open: RefCell::default(),
        }
    }

    /// Makes this side's end of one.
    pub(in crate::browser) fn open(&self, pc: &PeerConnection, number: u16) {
        match FileChannel::create(pc, self.connection, number, &self.tell) {
            Ok(channel) => self.open.borrow_mut().push(channel),
            Err(_) => self.tell_closed(number),
        }
    }

    /// Closes one.
    pub(in crate::browser) fn close(&self, number: u16) {
        let closed = {
            let mut open = self.open.borrow_mut();
            let place = open.iter().position(|channel| channel.number == number);
            place.map(|place| open.swap_remove(place))
        };
        drop(closed);
    }

    /// Closes all of them.
    pub(in crate::browser) fn clear(&self) {
        let closed = self.open.take();
        drop(closed);
    }

    /// Sends one message.
    pub(in crate::browser) fn send(&self, number: u16, bytes: &[u8]) {
        let is_sent = self.open.borrow().iter().find(|of| of.number == number).map(|of| {
            of.given.set(of.given.get() + bytes.len() as u64);
            of.channel.send_with_u8_array(bytes).is_ok()
        });
        if is_sent == Some(false) {
            self.tell_closed(number);
        }
    }

    /// Says what has left a data channel, unless it will say that itself (`bufferedamountlow`). It does so only when what waits in it falls
    /// below a threshold that it has been above.
    pub(in crate::browser) fn tell_drained(&self, number: u16) {
        let gone = self.open.borrow().iter().find(|of| of.number == number).and_then(|of| {
            let buffered = of.channel.buffered_amount();
            of.channel
                .set_buffered_amount_low_threshold(FILE_BUFFERED_LOW.min(buffered / 2));
            (buffered == 0).then(|| gone(&of.channel, &of.given))
        });
        if let Some(gone) = gone {
            (self.tell)(drained(self.connection, number, gone));
        }
    }

    fn tell_closed(&self, channel: u16) {
        let connection = self.connection;
        (self.tell)(Input::File(FileInput::ChannelClosed { connection, channel }));
    }
}

impl FileChannel {
    /// Each side makes its own end, by the same number (`negotiated`, W3C WebRTC section 6.1).
    fn create(pc: &PeerConnection, connection: ConnectionId, number: u16, tell: &Tell) -> Result<Self, JsValue> {
        let init = object([("negotiated", true.into()), ("id", number.into())]);
        let channel = pc.try_create_data_channel("file", &init)?;
        channel.set_binary_type(RtcDataChannelType::Arraybuffer);
        let given = Rc::new(Cell::new(0));
        let [on_open, on_close, on_message, on_low] = [(); 4].map(|()| Rc::clone(tell));
        let (low, low_given) = (channel.clone(), Rc::clone(&given));
        let handlers: [Closure<dyn FnMut(JsValue)>; 4] = [
            Closure::new(move |_| {
                on_open(Input::File(FileInput::ChannelOpened {
                    connection,
                    channel: number,
                }));
            }),
            Closure::new(move |_| {
                on_close(Input::File(FileInput::ChannelClosed {
                    connection,
                    channel: number,
                }));
            }),
            Closure::new(move |event| {
                on_message(Input::File(FileInput::ChannelReceived {
                    connection,
                    channel: number,
                    bytes: message_bytes(&event),
                }));
            }),
            Closure::new(move |_| on_low(drained(connection, number, gone(&low, &low_given)))),
        ];
        for (event, handler) in EVENTS.into_iter().zip(&handlers) {
            set(&channel, event, handler.as_ref());
        }
        Ok(Self {
            number,
            channel,
            given,
            _handlers: handlers,
        })
    }
}

impl Drop for FileChannel {
    fn drop(&mut self) {
        for event in EVENTS {
            set(&self.channel, event, &JsValue::NULL);
        }
        self.channel.close();
    }
}

fn gone(channel: &RtcDataChannel, given: &Cell<u64>) -> u64 {
    given.get().saturating_sub(channel.buffered_amount().into())
}

fn drained(connection: ConnectionId, channel: u16, gone: u64) -> Input {
    Input::File(FileInput::ChannelDrained {
        connection,
        channel,
        gone,
    })
}
