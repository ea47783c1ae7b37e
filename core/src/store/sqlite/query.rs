use super::connect::connect;
use super::connection::SqliteOptions;
use super::errors::translate;
use super::frozen::Frozen;
use crate::error::{Error, Result};
use crate::types::{Value, ValueRef};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// After so many steps of SQLite's machine the clock is looked at.
const STEPS: i32 = 10_000;

/// What a query may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryLimits {
    /// The most rows.
    pub rows: usize,
    /// The longest time.
    pub time: Duration,
}

impl Default for QueryLimits {
    /// A million rows and 10 seconds.
    fn default() -> QueryLimits {
        QueryLimits { rows: 1_000_000, time: Duration::from_secs(10) }
    }
}

/// What a query found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryRows {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows. SQLite has no Bool: one is the Int 0 or 1.
    pub rows: Vec<Vec<Value>>,
}

/// Reads the rows of a file by SQL, beside whoever writes. It can change nothing, and sees the state of the last commit.
pub struct SqlReader {
    path: PathBuf,
    connection: Connection,
    frozen: Option<Frozen>,
    started: Instant,
    /// When the query at hand has to end, in ms since `started`.
    deadline: Arc<AtomicU64>,
}

impl core::fmt::Debug for SqlReader {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SqlReader").field("path", &self.path).finish_non_exhaustive()
    }
}

fn may(context: &AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Recursive | AuthAction::Read { .. } => Authorization::Allow,
        AuthAction::Function { function_name } if !function_name.eq_ignore_ascii_case("load_extension") => Authorization::Allow,
        _ => Authorization::Deny,
    }
}

impl SqlReader {
    /// Opens a file for reading by SQL.
    ///
    /// # Errors
    ///
    /// `storage` when it cannot be opened.
    pub fn open(path: &Path) -> Result<SqlReader> {
        let options = SqliteOptions { read_only: true, ..SqliteOptions::default() };
        let (mut connection, frozen) = connect(path, &options)?;
        let (started, deadline) = (Instant::now(), Arc::new(AtomicU64::new(u64::MAX)));
        let failed = |error: rusqlite::Error| translate(path, "opening", &error);
        let seen = deadline.clone();
        let late = move || started.elapsed().as_millis() as u64 > seen.load(Ordering::Relaxed);
        connection.progress_handler(STEPS, Some(late)).map_err(failed)?;
        connection.authorizer(Some(|context: AuthContext<'_>| may(&context))).map_err(failed)?;
        Ok(SqlReader { path: path.to_owned(), connection, frozen, started, deadline })
    }

    /// Runs one SELECT. Parameters stand as `?1`, `?2`, … in it.
    ///
    /// # Errors
    ///
    /// `invalid_argument` for SQL that is none, that writes, or whose parameters are not those given; `limit_exceeded` when it takes more
    /// than `limits`; `storage`.
    pub fn query(&mut self, sql: &str, parameters: &[ValueRef<'_>], limits: QueryLimits) -> Result<QueryRows> {
        let end = self.started.elapsed().saturating_add(limits.time).as_millis();
        self.deadline.store(u64::try_from(end).unwrap_or(u64::MAX), Ordering::Relaxed);
        let found = self.run(sql, parameters, limits);
        self.deadline.store(u64::MAX, Ordering::Relaxed);
        self.frozen.as_ref().map_or(Ok(()), Frozen::check)?;
        found
    }

    fn run(&self, sql: &str, parameters: &[ValueRef<'_>], limits: QueryLimits) -> Result<QueryRows> {
        let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => {
                Error::limit_exceeded("the query took longer than it may", limits.time.as_millis() as u64)
            }
            Some(ErrorCode::Unknown | ErrorCode::AuthorizationForStatementDenied | ErrorCode::ApiMisuse) | None => {
                Error::invalid_argument(format!("the query cannot be run: {error}"))
            }
            _ => translate(&self.path, "querying", &error),
        };
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        if !statement.readonly() || statement.parameter_count() != parameters.len() {
            return Err(Error::invalid_argument("the query writes, or has another number of parameters than was given"));
        }
        for (number, parameter) in parameters.iter().enumerate() {
            let value = match *parameter {
                ValueRef::Null => rusqlite::types::Value::Null,
                ValueRef::Bool(value) => rusqlite::types::Value::Integer(i64::from(value)),
                ValueRef::Int(value) => rusqlite::types::Value::Integer(value),
                ValueRef::Float(value) => rusqlite::types::Value::Real(value),
                ValueRef::Str(value) => rusqlite::types::Value::Text(value.to_owned()),
                ValueRef::Bytes(value) => rusqlite::types::Value::Blob(value.to_owned()),
            };
            statement.raw_bind_parameter(number + 1, value).map_err(failed)?;
        }
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut found = QueryRows { columns, rows: Vec::new() };
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(failed)? {
            if found.rows.len() >= limits.rows {
                return Err(Error::limit_exceeded("the query finds more rows than it may", limits.rows as u64));
            }
            let value = |column: usize| {
                Ok(match row.get_ref(column).map_err(failed)? {
                    rusqlite::types::ValueRef::Null => Value::Null,
                    rusqlite::types::ValueRef::Integer(value) => Value::Int(value),
                    rusqlite::types::ValueRef::Real(value) => Value::Float(value),
                    rusqlite::types::ValueRef::Text(text) => Value::Str(String::from_utf8_lossy(text).into_owned()),
                    rusqlite::types::ValueRef::Blob(bytes) => Value::Bytes(bytes.to_owned()),
                })
            };
            found.rows.push((0..found.columns.len()).map(value).collect::<Result<_>>()?);
        }
        Ok(found)
    }
}
