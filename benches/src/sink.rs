//! A mail server that takes everything and keeps nothing, so that mails cost what they cost us.

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::Fault;

/// Starts one, and answers its address as `mail.smtp_url` wants it.
pub async fn start() -> Result<String, Fault> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("smtp://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(take(stream));
        }
    });
    Ok(url)
}

/// RFC 5321, as far as a well-behaved client needs it.
async fn take(stream: TcpStream) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer: &[u8] = match line.get(..4) {
            Some("DATA") => {
                write.write_all(b"354 go on\r\n").await?;
                while lines.next_line().await?.is_some_and(|line| line != ".") {}
                b"250 taken\r\n"
            }
            Some("QUIT") => return write.write_all(b"221 bye\r\n").await,
            _ => b"250 well\r\n",
        };
        write.write_all(answer).await?;
    }
    Ok(())
}
