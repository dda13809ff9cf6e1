// Package mlog has the names that the webhook uses of its logger, and says nothing. The logger itself is not among the modules
// that can be fetched; what the webhook does to a pod does not depend on it.
package mlog

// LogLevel is how much is said.
type LogLevel string

// The levels.
const (
	LevelWarning LogLevel = "warning"
	LevelInfo    LogLevel = "info"
	LevelDebug   LogLevel = "debug"
	LevelTrace   LogLevel = "trace"
	LevelAll     LogLevel = "all"
)

// Enabled tells that the level is that of an installation that nobody configured.
func Enabled(level LogLevel) bool { return level == LevelInfo || level == LevelWarning }

// Logger takes what is to be said.
type Logger struct{}

// New gives a logger.
func New() Logger { return Logger{} }

// WithName gives the same logger.
func (l Logger) WithName(string) Logger { return l }

// WithValues gives the same logger.
func (l Logger) WithValues(...any) Logger { return l }

// Error is not said: the answer has it too.
func (Logger) Error(string, error, ...any) {}
