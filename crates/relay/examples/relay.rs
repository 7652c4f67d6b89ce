//! A relay on the ports that are given, with a secret that is given: for trying it with other clients.
//!
//! ```sh
//! cargo run -p relay --example relay -- 127.0.0.1:3478 0123456789abcdef0123456789abcdef
//! ```
//!
//! The arguments are where to listen (UDP and TCP), and the secret. It prints the address, a user name and a password, and
//! runs until Ctrl-C.

use std::error::Error;
use std::net::SocketAddr;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(listen), Some(secret)) = (arguments.next(), arguments.next()) else {
        return Err("usage: relay <ip:port> <secret>".into());
    };
    let listen: SocketAddr = listen.parse()?;
    let mut config = relay::Config::new(secret);
    // All clients share one login.
    config.bounds = relay::Bounds::for_rooms_of(1_000, 1 << 30);
    config.udp.push(listen);
    config.tcp.push(listen);
    let relay = relay::Relay::bind(config).await?;
    relay.sit("example", 1);
    let login = relay.issue("example")?;
    for address in relay.udp_addresses() {
        println!("{address} {} {}", login.username, login.password);
    }
    relay
        .run(async {
            // Where Ctrl-C cannot be heard, the example runs until it is killed.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .await;
    println!("{:?}", relay.stats());
    Ok(())
}
