//! `yiwang notify`.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use kit::client::Backoff;
use kit::{Clock, IdSource, Lifecycle};

use super::Context;
use crate::failure::Failure;
use crate::notify::attempt::{Limits, Teller};
use crate::notify::carrier::{Carrier, GatewaySettings, To};
use crate::notify::rehearsal::rehearse;
use crate::notify::rounds::{Rounds, begin};
use crate::notify::state;
use crate::screen::Screen;

/// How long a stop waits for what is being sent.
const GRACE: Duration = Duration::from_secs(60);

/// Whom to tell how.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples / 示例:
  yiwang notify --to files:/var/lib/notices --state /var/lib/notices.state
  yiwang notify --to https://sms.example/notices --gateway-ca ca.pem --gateway-token-file token --state notices.state
  yiwang notify --to files:out --state notices.state --dry-run
  yiwang notify --to files:out --state notices.state --once --from-beginning

Whoever has to be told is an event of dispatch's feed (NoticeDue: role, template, case; no contact). This program follows
them, opens the name and telephone that are needed (recorded with the case, purpose NOTIFY), sends, and reports what became
of it. Its caller has the role notify and no other:
  yiwang caller new --id city-notices --unit city-data-office --area 3703 --role notify

It goes on where it ended. The state file says how far the feed was read and what has to be tried again; it holds positions,
times and ids of events, no contact. A file that is not there yet begins with what happens from now on; with
--from-beginning, with everything that the log has. One process at a time works with a file. When the node was restored from
a backup, its log is another one: the program ends with NOTICE_DIVERGED or CURSOR_DIVERGED, and needs a new file. That one
begins with what happens from then on; with --from-beginning everybody is told again, those too who know. What still waited
stands under \"pending\" in the old file: look there for whom to tell by hand.

Teams that are asked to come are told first, and no more once somebody answered or the time for it is over.

files:DIR       one file NAME.json for each notice, named by the id of its event; a repetition overwrites the same file.
http(s)://…     each is posted as JSON, with the id of its event as Idempotency-Key: after a crash the same notice may come
                twice with the same key. 2xx is delivered. 408, 425, 429 (Retry-After), 5xx, no answer, and 401, 403, 407
                (the token is wrong, not the notice) are tried again with growing pauses until --attempts or
                --give-up-after. Every other 4xx is undeliverable at once.

What could not be delivered is seen by the desks: yiwang notices list, then notices retry POSITION. What dispatch takes no
report of, as when the case has moved to another node, stays in the state file under \"unreported\", which --dry-run shows.
SIGTERM and SIGINT end it in order. Nothing that it prints has a name or a telephone.")]
pub(crate) struct Args {
    /// Where notices go: files:DIR, https://…, or on this machine http://…
    #[arg(long, value_name = "WHERE")]
    to: To,
    /// File that says how far the feed was read and what has to be tried again.
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    /// File with the bearer token for the gateway.
    #[arg(long, value_name = "FILE")]
    gateway_token_file: Option<PathBuf>,
    /// PEM file of the CA that signed the gateway's certificate; needed with https.
    #[arg(long, value_name = "FILE")]
    gateway_ca: Option<PathBuf>,
    /// Longest time that the gateway may take for one notice.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = pause)]
    timeout: Duration,
    /// A notice is tried at most so often; openings that fail count as well.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1000))]
    attempts: u32,
    /// A notice is tried at most for so long.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = pause)]
    give_up_after: Duration,
    /// Pause after the first try; twice as long after each one more, up to --longest-pause.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = pause)]
    pause: Duration,
    /// Longest pause between two tries.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = pause)]
    longest_pause: Duration,
    /// Begins with everything that the log has, when there is no state file yet.
    #[arg(long)]
    from_beginning: bool,
    /// Ends when the log was read to its end and nothing is to be tried now.
    #[arg(long)]
    once: bool,
    /// Prints what would be told, to which kind of recipient; opens, sends and keeps nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Reads a length of time such as 500ms, 30s, 10m, 24h.
fn pause(text: &str) -> Result<Duration, String> {
    let wanted = || "a time is wanted, such as 500ms, 30s, 10m, 24h / 时长格式如 30s".to_owned();
    let read: SignedDuration = text.parse().map_err(|_| wanted())?;
    Duration::try_from(read).map_err(|_| wanted())
}

pub(crate) async fn run(args: Args, context: Context) -> Result<(), Failure> {
    let (session, screen) = (context.session()?, context.screen);
    if args.dry_run {
        return rehearse(&session, screen, &args.state).await;
    }
    let settings = GatewaySettings {
        token: args.gateway_token_file,
        ca: args.gateway_ca,
        timeout: args.timeout,
    };
    let carrier = Carrier::open(args.to, &settings)?;
    let held = state::lock(&args.state)?;
    let state = begin(&session, &args.state, (args.from_beginning, screen)).await?;
    let clock = Clock::system();
    let give_up_after = SignedDuration::try_from(args.give_up_after).unwrap_or(SignedDuration::MAX);
    let teller = Teller {
        session,
        carrier,
        limits: Limits { attempts: args.attempts, give_up_after },
        backoff: Backoff::new(args.pause, args.longest_pause, IdSource::system(clock.clone())),
        clock,
        screen,
        opened: std::sync::Mutex::default(),
    };
    let life = Lifecycle::new(GRACE);
    let (path, once) = (args.state, args.once);
    let rounds = Rounds { teller, path, state, once, life: life.clone() };
    let told = live(&life, screen, rounds).await;
    drop(held);
    told
}

/// Works until there is no more to do, or until a signal.
async fn live(life: &Lifecycle, screen: Screen, rounds: Rounds) -> Result<(), Failure> {
    let own = life.clone();
    let work = life.spawn("telling people", async move {
        let told = rounds.run().await;
        own.stop();
        told
    });
    match life.run().await {
        kit::lifecycle::EXIT_OK => {
            work.await.map_err(|error| Failure::Fault(error.to_string())).flatten()
        }
        code => {
            screen.note("ended before everything was done / 未完成即被终止");
            Err(Failure::Quiet(code))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_people_write_them() {
        for (text, seconds) in [("30s", 30), ("10m", 600), ("24h", 86_400), ("1h 30m", 5_400)] {
            assert_eq!(pause(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(pause("500ms"), Ok(Duration::from_millis(500)));
        for wrong in ["", "30", "-5s", "soon"] {
            assert!(pause(wrong).is_err(), "{wrong}");
        }
    }
}
