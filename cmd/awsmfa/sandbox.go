package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/environment"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/program"
)

// rehearsal is the program that deploys and serves the sandbox. It links the whole
// of Pulumi's SDK, and this program is started for every refresh of credentials.
const rehearsal = "awsmfa-sandbox"

func newSandboxCommand(env environment.Environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:                "sandbox",
		Short:              "Deploy a stack for real on this machine, without an AWS account",
		DisableFlagParsing: true, // they are the other program's
		RunE: func(cmd *cobra.Command, args []string) error {
			return runRehearsal(cmd.Context(), env, env.Out, args...)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			return completeRehearsal(cmd.Context(), env, append(slices.Clip(args), word)...)
		},
	}
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		if err := runRehearsal(cmd.Context(), env, env.Out, "--help"); err != nil {
			env.Sayf("%v", err)
		}
	})
	return cmd
}

// runRehearsal runs the other program in place of this one: with the same
// terminal, and its exit code is this one's.
func runRehearsal(ctx context.Context, env environment.Environment, out io.Writer, args ...string) error {
	path, err := findRehearsal(env)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // the program of this project
	cmd.Env, cmd.Dir = env.Variables, env.Dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = env.In(), out, env.Err
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it has to clean up
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return program.ExitError(exit.ExitCode())
	}
	if err != nil {
		return fmt.Errorf("start %s: %w", path, err)
	}
	return nil
}

func findRehearsal(env environment.Environment) (string, error) {
	if runtime.GOOS == "windows" {
		return "", errors.New("the rehearsal runs on Linux and macOS: on Windows run it in WSL")
	}
	beside := filepath.Join(filepath.Dir(env.Executable), rehearsal)
	if found, err := exec.LookPath(beside); env.Executable != "" && err == nil {
		return found, nil
	}
	for _, dir := range filepath.SplitList(env.Getenv("PATH")) {
		if found, err := exec.LookPath(filepath.Join(dir, rehearsal)); filepath.IsAbs(dir) && err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("the rehearsal is a program of its own, %s, and it is neither beside awsmfa nor on PATH: "+
		"in a clone of this project run 'make build', which makes both in bin/, or run 'make sandbox'", rehearsal)
}

// completeRehearsal asks the other program what could come next, as a shell does:
// a line for each, and then a colon and the directive.
func completeRehearsal(
	ctx context.Context, env environment.Environment, words ...string,
) ([]string, cobra.ShellCompDirective) {
	var printed bytes.Buffer
	env.Err = io.Discard
	if err := runRehearsal(ctx, env, &printed, append([]string{cobra.ShellCompRequestCmd}, words...)...); err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	lines := strings.Split(strings.TrimSpace(printed.String()), "\n")
	last := len(lines) - 1
	directive, err := strconv.Atoi(strings.TrimPrefix(lines[last], ":"))
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return lines[:last], cobra.ShellCompDirective(directive)
}
