use std::{
    any::Any,
    collections::VecDeque,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use tokio::sync::oneshot;

/// More work waits than may: nothing was done, and the caller should come again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords wait to be checked")]
pub struct Busy;

/// Threads for what keeps a core busy, such as a check of a password, so that the threads that answer everything else are never
/// held up by it. There are as many as given, whatever comes, and where the system knows of it (Linux) they step back for all
/// others. When the room is dropped, each ends after what it is at.
pub struct Backroom {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    threads: usize,
    /// How much may wait.
    bound: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    at_work: usize,
    next: u64,
    closed: bool,
}

struct Job {
    number: u64,
    work: Box<dyn FnOnce() + Send>,
}

type Panic = Box<dyn Any + Send>;

impl Backroom {
    /// This many threads, for which no more than `bound` pieces of work wait beside those that are being done.
    ///
    /// # Errors
    ///
    /// The system gives no more threads.
    pub fn new(threads: NonZeroUsize, bound: usize) -> std::io::Result<Self> {
        let threads = threads.get();
        let shared = Shared { state: Mutex::default(), changed: Condvar::new(), threads, bound };
        let room = Self { shared: Arc::new(shared) };
        for _ in 0..threads {
            let shared = Arc::clone(&room.shared);
            thread::Builder::new().name("backroom".to_owned()).spawn(move || {
                step_back();
                while let Some(work) = shared.next() {
                    work();
                    shared.state().at_work -= 1;
                }
            })?;
        }
        Ok(room)
    }

    /// Half of the cores that the process may use, and at least one.
    pub fn half_of_the_cores() -> NonZeroUsize {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        NonZeroUsize::new(cores / 2).unwrap_or(NonZeroUsize::MIN)
    }

    /// How much waits for a thread.
    pub fn waiting(&self) -> usize {
        self.shared.state().waiting.len()
    }

    /// Does the work on one of the threads, in turn. Whoever goes away before its turn gives the place free, and nothing is done.
    ///
    /// # Errors
    ///
    /// More waits than may: at once.
    ///
    /// # Panics
    ///
    /// When the work does; the thread goes on with the next.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let (give, take) = oneshot::channel::<Result<T, Panic>>();
        let work = Box::new(move || {
            // Nobody sees what a panic has left half done: the work is gone with it. No one may be there any more to be told.
            let _ = give.send(catch_unwind(AssertUnwindSafe(work)));
        });
        let _place = self.shared.wait(work)?;
        match take.await.expect("what was taken in is done while the room is there") {
            Ok(done) => Ok(done),
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl Drop for Backroom {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing of ours panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, work: Box<dyn FnOnce() + Send>) -> Result<Place<'_>, Busy> {
        let mut state = self.state();
        // A thread that is not at work takes the next at once, so that one does not wait.
        if state.waiting.len() + state.at_work >= self.threads + self.bound {
            return Err(Busy);
        }
        let number = state.next;
        state.next += 1;
        state.waiting.push_back(Job { number, work });
        self.changed.notify_one();
        Ok(Place { shared: self, number })
    }

    /// The next work, waited for; none when the room is closed.
    fn next(&self) -> Option<Box<dyn FnOnce() + Send>> {
        let idle = |state: &mut State| !state.closed && state.waiting.is_empty();
        let mut state = self.changed.wait_while(self.state(), idle).unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return None;
        }
        state.at_work += 1;
        state.waiting.pop_front().map(|job| job.work)
    }
}

/// A place in the queue, given free by whoever goes away.
struct Place<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        // In the order of their numbers; not there when its turn has come.
        let left = state.waiting.binary_search_by_key(&self.number, |job| job.number).ok();
        let left = left.and_then(|at| state.waiting.remove(at));
        drop(state);
        // What the work holds is dropped without the lock.
        drop(left);
    }
}

/// On Linux nice(2) is for the calling thread alone. Where it is refused, the thread works as all others do.
#[cfg(target_os = "linux")]
fn step_back() {
    let _ = rustix::process::nice(10);
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc::{Receiver, Sender, channel},
        task::Poll,
        time::Duration,
    };

    use super::*;

    /// By then it would have happened.
    const LONG: Duration = Duration::from_secs(30);

    fn room(threads: usize, bound: usize) -> Backroom {
        Backroom::new(NonZeroUsize::new(threads).unwrap(), bound).unwrap()
    }

    /// Work that says when it begins, and ends when it is let go.
    fn held() -> (impl FnOnce() + Send + 'static, Receiver<()>, Sender<()>) {
        let ((begins, begun), (let_go, goes)) = (channel(), channel::<()>());
        let work = move || {
            begins.send(()).unwrap();
            let _ = goes.recv();
        };
        (work, begun, let_go)
    }

    /// Asks a future once, as whoever awaits it does first.
    async fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
        std::future::poll_fn(|context| Poll::Ready(std::pin::Pin::new(&mut *future).poll(context))).await
    }

    #[tokio::test]
    async fn what_the_work_gives_comes_back() {
        let room = room(2, 4);
        assert_eq!(room.run(|| "done").await, Ok("done"));
        let own = thread::current().id();
        assert_ne!(room.run(|| thread::current().id()).await, Ok(own));
    }

    #[tokio::test]
    async fn no_more_waits_than_may_and_who_goes_away_gives_the_place_free() {
        let room = room(1, 2);
        let (work, begun, let_go) = held();
        let mut first = Box::pin(room.run(work));
        assert!(poll_once(&mut first).await.is_pending());
        begun.recv().unwrap();

        let mut second = Box::pin(room.run(|| 2));
        let mut third = Box::pin(room.run(|| 3));
        assert!(poll_once(&mut second).await.is_pending());
        assert!(poll_once(&mut third).await.is_pending());
        assert_eq!((room.waiting(), room.run(|| 4).await), (2, Err(Busy)));

        drop(second);
        assert_eq!(room.waiting(), 1);
        let mut fifth = Box::pin(room.run(|| 5));
        assert!(poll_once(&mut fifth).await.is_pending());
        assert_eq!(room.run(|| 6).await, Err(Busy));

        let_go.send(()).unwrap();
        assert_eq!((first.await, third.await, fifth.await), (Ok(()), Ok(3), Ok(5)));
        assert_eq!(room.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn where_nothing_may_wait_idle_threads_still_take_work() {
        let room = room(1, 0);
        let (work, begun, let_go) = held();
        let mut first = Box::pin(room.run(work));
        assert!(poll_once(&mut first).await.is_pending());
        begun.recv().unwrap();
        assert_eq!(room.run(|| ()).await, Err(Busy));
        let_go.send(()).unwrap();
        assert_eq!(first.await, Ok(()));
    }

    #[tokio::test]
    async fn a_panic_reaches_who_asked_and_the_thread_goes_on() {
        let room = Arc::new(room(1, 1));
        let asked = Arc::clone(&room);
        let panicked = tokio::spawn(async move { asked.run(|| panic!("as planned")).await }).await;
        assert!(panicked.unwrap_err().is_panic());
        assert_eq!(tokio::time::timeout(LONG, room.run(|| 2)).await, Ok(Ok(2)));
    }

    #[tokio::test]
    async fn the_threads_end_with_the_room() {
        struct TellsItsEnd(Sender<()>);
        impl Drop for TellsItsEnd {
            fn drop(&mut self) {
                let _ = self.0.send(());
            }
        }
        thread_local! {
            static END: std::cell::RefCell<Option<TellsItsEnd>> = const { std::cell::RefCell::new(None) };
        }
        let room = room(1, 1);
        let (ends, ended) = channel();
        let given = room.run(move || END.with(|end| end.replace(Some(TellsItsEnd(ends))).is_none())).await;
        assert_eq!(given, Ok(true));
        drop(room);
        ended.recv_timeout(LONG).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn its_threads_step_back_for_others() {
        let nice = || {
            let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            // proc(5): the 19th value, the 17th after the name.
            let after = stat.rsplit_once(')').unwrap().1;
            after.split_whitespace().nth(16).unwrap().parse::<i32>().unwrap()
        };
        let room = room(1, 1);
        assert_eq!(room.run(nice).await, Ok((nice() + 10).min(19)));
    }

    #[test]
    fn half_of_the_cores_is_at_least_one() {
        let cores = thread::available_parallelism().unwrap().get();
        let half = Backroom::half_of_the_cores().get();
        assert!(half == 1 || half == cores / 2);
    }
}
