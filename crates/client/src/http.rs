//! An HTTP/1.1 client over any stream.

use std::error::Error;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::time::timeout;

use crate::{LATE, Stream, sentence};

/// The longest answer that is read unless somebody says otherwise, in bytes.
const BODY_MAX: usize = 1 << 20;

/// What came back, with its whole body.
pub type Answer = Response<Bytes>;

/// What did not work.
#[derive(Debug, Error)]
pub enum HttpError {
    /// Nobody accepts connections there, or none in time; why.
    #[error("{0}")]
    Nobody(String),
    /// Somebody does, and does not speak as expected; why.
    #[error("{0}")]
    Stranger(String),
}

impl HttpError {
    /// As [`HttpError::Nobody`], without the number that the system adds to what it says.
    #[must_use]
    pub fn nobody(error: &io::Error) -> Self {
        Self::Nobody(sentence(error))
    }

    /// As [`HttpError::Stranger`], of what went wrong.
    #[must_use]
    pub fn stranger(why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Stranger(why.into().to_string())
    }
}

/// One connection, which is kept alive between requests.
pub struct Connection {
    send: SendRequest<Empty<Bytes>>,
    host: String,
    body_max: usize,
}

impl Connection {
    /// Speaks HTTP over a stream. `host` is what requests name as `Host`.
    ///
    /// # Errors
    /// [`HttpError::Stranger`].
    pub async fn over(stream: impl Stream + 'static, host: impl Into<String>) -> Result<Self, HttpError> {
        let (send, connection) = handshake(TokioIo::new(stream)).await.map_err(HttpError::stranger)?;
        // It ends with `send`, and says through it what went wrong.
        tokio::spawn(connection);
        Ok(Self {
            send,
            host: host.into(),
            body_max: BODY_MAX,
        })
    }

    /// The same with another bound for what is read, in bytes.
    #[must_use]
    pub fn with_body_max(self, body_max: usize) -> Self {
        Self { body_max, ..self }
    }

    /// Asks for a path, with further headers. The answer must be there within `patience`.
    ///
    /// # Errors
    /// [`HttpError::Stranger`]: no answer, none in time, or one that is too long.
    pub async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        patience: Duration,
    ) -> Result<Answer, HttpError> {
        let mut request = Request::builder().method(method).uri(path).header("host", &self.host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Empty::new()).map_err(HttpError::stranger)?;
        let answer = async {
            let (head, body) = self.send.send_request(request).await?.into_parts();
            let body = Limited::new(body, self.body_max).collect().await?.to_bytes();
            Ok::<_, Box<dyn Error + Send + Sync>>(Response::from_parts(head, body))
        };
        let answer = timeout(patience, answer).await;
        answer
            .map_err(|_| HttpError::stranger(LATE))?
            .map_err(HttpError::stranger)
    }

    /// Asks with `GET` alone.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub async fn get(&mut self, path: &str, patience: Duration) -> Result<Answer, HttpError> {
        self.ask("GET", path, &[], patience).await
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn an_answer_is_read_up_to_its_bound_and_the_connection_kept() {
        let (near, mut far) = tokio::io::duplex(4_096);
        let mut connection = Connection::over(near, "calls.example.org").await.expect("a connection");
        let serve = async {
            let mut asked = vec![0; 1_024];
            let length = far.read(&mut asked).await.expect("a request");
            asked.truncate(length);
            let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnope";
            far.write_all(answer).await.expect("written");
            String::from_utf8(asked).expect("text")
        };
        let patience = Duration::from_secs(20);
        let (answer, asked) = tokio::join!(connection.ask("OPTIONS", "/x", &[("a", "b")], patience), serve);
        assert_eq!(answer.expect("an answer").status(), 404);
        assert!(asked.starts_with("OPTIONS /x HTTP/1.1\r\n"), "{asked}");
        assert!(
            asked.contains("host: calls.example.org\r\n") && asked.contains("a: b\r\n"),
            "{asked}"
        );
        let serve = async {
            let _ = far.read(&mut [0; 1_024]).await.expect("a request on the same stream");
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlong";
            far.write_all(answer).await.expect("written");
        };
        let mut connection = connection.with_body_max(3);
        let (answer, ()) = tokio::join!(connection.get("/", patience), serve);
        answer.expect_err("too long");
    }
}
