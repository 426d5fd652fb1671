use std::{io, process::ExitCode};

use crate::{
    app::StartFault,
    backup::BackupFault,
    config::ConfigFault,
    web::{Problem, Stop},
};

use super::print;

/// How a command ended that was not done.
#[derive(Debug)]
pub enum Ended {
    /// It was refused, for this reason: one plain sentence.
    Refused(String),
    /// Whoever read the output has gone, as `head` does when it has enough. Nothing is wrong with that.
    Unheard,
}

impl Ended {
    /// A refusal in one sentence.
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self::Refused(sentence.into())
    }

    /// There is nothing of this kind that is meant.
    pub fn not_found(what: &str) -> Self {
        Problem::not_found(what).into()
    }

    /// Says why, and answers the exit status.
    pub fn exit(self) -> ExitCode {
        match self {
            Self::Unheard => ExitCode::SUCCESS,
            Self::Refused(sentence) => {
                print::complaint(&sentence);
                ExitCode::from(1)
            }
        }
    }
}

impl From<Problem> for Ended {
    fn from(problem: Problem) -> Self {
        // Over HTTP what is somebody else's must look like what isn't there; to this machine nothing is somebody else's.
        Self::Refused(problem.detail.replacen(", or it is not yours", "", 1))
    }
}

impl<R: Into<Problem>> From<Stop<R>> for Ended {
    fn from(stop: Stop<R>) -> Self {
        match stop {
            Stop::Refused(refusal) => refusal.into().into(),
            Stop::Fault(fault) => fault.into(),
        }
    }
}

impl From<store::Fault> for Ended {
    fn from(fault: store::Fault) -> Self {
        Self::Refused(fault.to_string())
    }
}

impl From<StartFault> for Ended {
    fn from(fault: StartFault) -> Self {
        Self::Refused(fault.to_string())
    }
}

impl From<BackupFault> for Ended {
    fn from(fault: BackupFault) -> Self {
        Self::Refused(fault.to_string())
    }
}

impl From<ConfigFault> for Ended {
    fn from(fault: ConfigFault) -> Self {
        Self::Refused(fault.to_string())
    }
}

/// What went wrong with standard output.
impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Unheard;
        }
        Self::Refused(format!("the answer cannot be written: {error}"))
    }
}
