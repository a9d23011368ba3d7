// Package mototest runs moto_server (https://docs.getmoto.org/en/latest/docs/server_mode.html), an AWS emulator that
// others wrote, for the tests that want a second opinion on what this project's own endpoint does.
package mototest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
)

// AccountID is the account in which moto puts everything.
const AccountID = "123456789012"

const (
	startTimeout = 60 * time.Second
	pollInterval = 50 * time.Millisecond
)

// Start runs moto_server, with the AWS managed policies loaded, until the test ends, and returns its URL. See
// [clienttest.Require] for what happens without it.
func Start(tb testing.TB) string {
	tb.Helper()
	url, stop, err := launch(clienttest.Require(tb, "moto_server"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(stop)
	return url
}

// Shared is one moto_server for all tests of a package. The zero value is ready to use; TestMain calls Stop.
type Shared struct {
	once sync.Once
	url  string
	stop func()
	err  error
}

// URL is the server's URL. The first test that asks for it starts the server; see [Start].
func (s *Shared) URL(tb testing.TB) string {
	tb.Helper()
	path := clienttest.Require(tb, "moto_server")
	s.once.Do(func() { s.url, s.stop, s.err = launch(path) })
	if s.err != nil {
		tb.Fatal(s.err)
	}
	return s.url
}

// Stop ends the server, if any test has started it.
func (s *Shared) Stop() {
	if s.stop != nil {
		s.stop()
	}
}

func launch(program string) (url string, stop func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	port, err := freePort(ctx)
	if err != nil {
		cancel()
		return "", nil, fmt.Errorf("finding a free port: %w", err)
	}
	server := exec.CommandContext(ctx, program, "-H", "127.0.0.1", "-p", port) //nolint:gosec // as found on PATH
	server.Env = append(os.Environ(), "MOTO_IAM_LOAD_MANAGED_POLICIES=true")
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		cancel()
		return "", nil, fmt.Errorf("starting moto_server: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = server.Wait() // it is killed, so it never ends well
		close(ended)
	}()
	stop = func() { cancel(); <-ended }
	address := net.JoinHostPort("127.0.0.1", port)
	if err := waitFor(ctx, address, ended); err != nil {
		stop()
		return "", nil, fmt.Errorf("moto_server on %s: %w\n%s", address, err, &log)
	}
	return "http://" + address, stop, nil
}

// waitFor returns when something accepts connections, or with an error when the server ended or took too long.
func waitFor(ctx context.Context, address string, ended <-chan struct{}) error {
	deadline := time.After(startTimeout)
	dialer := net.Dialer{Timeout: pollInterval}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return errors.New("ended before it was ready")
		case <-deadline:
			return fmt.Errorf("not ready after %s", startTimeout)
		case <-tick.C:
			conn, err := dialer.DialContext(ctx, "tcp", address)
			if err == nil {
				return conn.Close()
			}
		}
	}
}

func freePort(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, errors.Join(err, listener.Close())
}
