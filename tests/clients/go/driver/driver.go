// Package driver lets the conformance suite drive a Go client: one JSON request a line on standard input, one JSON answer a
// line on standard output. tests/clients/README.md describes both.
package driver

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// Identity tells which identity to ask for; the zero value is the default identity.
type Identity struct {
	ClientID   string `json:"client_id"`
	ObjectID   string `json:"object_id"`
	ResourceID string `json:"resource_id"`
}

// Credential gets a token for a resource, without "/.default" at its end.
type Credential func(resource string) (Token, error)

// Token is what the client makes of an answer.
type Token struct {
	Value   string
	Expires time.Time
}

// Client makes credentials of the kinds "managed_identity" and "chain", by the client's own constructors.
type Client func(kind string, identity Identity) (Credential, error)

type request struct {
	Credential string
	Kind       string
	Identity   Identity
	Resource   string
	Calls      int
}

type result struct {
	Token     string  `json:"token,omitempty"`
	ExpiresOn int64   `json:"expires_on,omitempty"`
	Error     *string `json:"error,omitempty"` // some clients' texts are empty
	Seconds   float64 `json:"seconds"`
}

// Run answers requests until the input ends.
func Run(client Client) {
	credentials := map[string]Credential{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			Fail(err)
		}
		started := time.Now()
		credential, ok := credentials[asked.Credential]
		var err error
		if !ok {
			credential, err = client(asked.Kind, asked.Identity)
		}
		if err == nil {
			credentials[asked.Credential] = credential
		} else {
			// Some refuse in the constructor. An application would report that, and try again after a restart.
			refusal := err
			credential = func(string) (Token, error) { return Token{}, refusal }
		}
		answer(asked, credential, started)
	}
	if err := lines.Err(); err != nil {
		Fail(err)
	}
}

// All calls start at the same time, and their time counts from the making of the credential.
func answer(asked request, credential Credential, started time.Time) {
	results := make([]result, asked.Calls)
	var calls sync.WaitGroup
	for i := range results {
		calls.Add(1)
		go func() {
			defer calls.Done()
			token, err := credential(asked.Resource)
			results[i].Seconds = time.Since(started).Seconds()
			if err != nil {
				text := err.Error()
				results[i].Error = &text
				return
			}
			results[i].Token, results[i].ExpiresOn = token.Value, token.Expires.Unix()
		}()
	}
	calls.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"results": results}); err != nil {
		Fail(err)
	}
}

// Fail ends the program: a mistake of the suite, not of the client.
func Fail(reason any) {
	fmt.Fprintln(os.Stderr, reason)
	os.Exit(1)
}
