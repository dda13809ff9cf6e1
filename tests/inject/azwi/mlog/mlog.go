// Package mlog has the names that the webhook uses of its logger, and says nothing. The logger itself is not among the modules
// that can be fetched; what the webhook does to a pod does not depend on it.
package mlog

import (
	"context"
	"fmt"
	"os"

	"github.com/go-logr/logr"
)

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

// Info is not said.
func (Logger) Info(string, ...any) {}

// LogSpec is how a program wants its log.
type LogSpec struct {
	Level  LogLevel
	Format string
}

// FormatJSON is one of the formats.
const FormatJSON = "json"

// ValidateAndSetLogLevelAndFormatGlobally takes any.
func ValidateAndSetLogLevelAndFormatGlobally(context.Context, LogSpec) error { return nil }

// Setup starts nothing, so that there is nothing to end.
func Setup() func() { return func() {} }

// Logr is the logger for other packages.
func Logr() logr.Logger { return logr.Discard() }

// Fatal says why a program ends.
func Fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
