// Package mototest runs moto_server (https://docs.getmoto.org/en/latest/docs/server_mode.html), an AWS emulator that
// others wrote, for the tests that want a second opinion on what this project's own endpoint does.
package mototest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
)

// AccountID is the account in which moto puts everything.
const AccountID = "123456789012"

const startTimeout = 60 * time.Second

// Start runs moto_server, with the AWS managed policies loaded, until the test ends, and returns its URL. See
// [clienttest.Require] for what happens without it.
func Start(tb testing.TB) string {
	tb.Helper()
	url, stop, err := Launch(clienttest.Require(tb, "moto_server"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(stop)
	return url
}

// Launch runs the moto_server at path until stop is called.
func Launch(path string) (url string, stop func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, path, "-H", "127.0.0.1", "-p", "0")
	server.Env = append(os.Environ(), "MOTO_IAM_LOAD_MANAGED_POLICIES=true")
	log, err := server.StderrPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		cancel()
		return "", nil, fmt.Errorf("starting moto_server: %w", err)
	}
	stop = func() { cancel(); _ = server.Wait() } // it is killed, so it never ends well
	late := time.AfterFunc(startTimeout, cancel)
	defer late.Stop()
	reader := bufio.NewReader(log)
	var said strings.Builder
	for {
		line, err := reader.ReadString('\n')
		said.WriteString(line)
		if found := regexp.MustCompile(`Running on (http://\S+)`).FindStringSubmatch(line); found != nil {
			go func() { _, _ = io.Copy(io.Discard, reader) }()
			return found[1], stop, nil
		}
		if err != nil {
			stop()
			return "", nil, fmt.Errorf("moto_server ended before it was ready:\n%s", said.String())
		}
	}
}
