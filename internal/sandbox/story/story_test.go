package story_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// told are the commands of a story without an outsider, in its order.
var told = []string{
	"alice: s3 ls",
	"alice: sts get-caller-identity --profile dev-power-user",
	"alice: s3 ls --profile dev-power-user",
	"alice: sts get-caller-identity --profile dev-power-user",
	"alice: sts assume-role --role-arn " + roleARN +
		" --role-session-name no-mfa --query AssumedRoleUser.Arn --output text",
}

// scripted is a client that gives prepared results, in their order for each command.
type scripted struct {
	mu       sync.Mutex
	results  map[string][]story.Result
	commands []string
	// sessions are the people who have temporary credentials.
	sessions map[string]bool
	failure  error
}

func (*scripted) Name() string { return "scripted/1.0" }

func (s *scripted) Run(_ context.Context, person story.Person, command story.Command) (story.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	typed := person.Name + ": " + strings.Join(command.Args, " ")
	s.commands = append(s.commands, typed)
	s.sessions[person.Name] = true
	if s.failure != nil {
		return story.Result{}, s.failure
	}
	result := s.results[typed][0]
	s.results[typed] = s.results[typed][1:]
	return result, nil
}

func (s *scripted) Forget(person story.Person) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, person.Name)
	return nil
}

func denial(text string, prompts int) story.Result {
	return story.Result{Screen: "An error occurred (AccessDenied) when calling the " + text, Failed: true, Prompts: prompts}
}

func scriptedStory(results ...story.Result) (*story.Story, *scripted) {
	client := &scripted{results: map[string][]story.Result{}, sessions: map[string]bool{}}
	for i, result := range results {
		client.results[told[i]] = append(client.results[told[i]], result)
	}
	return &story.Story{
		Client: client, Profile: stack.Profile{Name: "dev-power-user", RoleARN: roleARN},
		Insider: story.Person{Name: "alice"}, Enforced: true,
	}, client
}

// Where everybody is trusted and the role does not list buckets, the story has
// a scene less, and a denial more.
func TestStoryFitsTheStack(t *testing.T) {
	t.Parallel()
	tale, client := scriptedStory(
		denial("ListBuckets operation", 0),
		story.Result{Screen: "arn:aws:sts::111122223333:assumed-role/cli-dev-power-user/x", Prompts: 1},
		denial("ListBuckets operation", 0),
		denial("AssumeRole operation: MultiFactorAuthentication failed", 1),
		denial("AssumeRole operation: not authorized", 0),
	)
	var shown bytes.Buffer
	require.NoError(t, tale.Tell(t.Context(), &shown))
	require.ElementsMatch(t, told, client.commands)
	needCode := slices.DeleteFunc(client.commands, func(typed string) bool { return !strings.Contains(typed, "--profile") })
	require.Equal(t, told[1:4], needCode, "these wait for one another")
	require.Empty(t, client.sessions, "a person who repeats it begins anew")
	require.Contains(t, shown.String(), "The rehearsal of profile dev-power-user, with scripted/1.0:\n")
	require.Contains(t, shown.String(), "(e) No code at all")
}

func TestStoryReportsEveryWrongScene(t *testing.T) {
	t.Parallel()
	tale, _ := scriptedStory(
		story.Result{Screen: "2026-11-24 09:00:00 secrets\n"},
		story.Result{Screen: "arn:aws:sts::111122223333:assumed-role/cli-dev-power-user/x", Prompts: 1},
		denial("ListBuckets operation", 0),
		denial("AssumeRole operation: MultiFactorAuthentication failed", 1),
		story.Result{Screen: "arn:aws:sts::111122223333:assumed-role/cli-dev-power-user/no-mfa\n"},
	)
	var shown bytes.Buffer
	err := tale.Tell(t.Context(), &shown)
	failure := &story.SceneError{}
	require.ErrorAs(t, err, &failure)
	require.Equal(t, "(a) alice's access key alone opens nothing", failure.Scene)
	require.Equal(t, "aws s3 ls", failure.Command)
	require.ErrorContains(t, err, "scene (e) No code at all")
	require.Equal(t, 2, strings.Count(shown.String(), "THIS IS WRONG"))
}

func TestStoryEndsWhenTheClientDoes(t *testing.T) {
	t.Parallel()
	tale, client := scriptedStory(story.Result{})
	client.failure = errors.New("out of memory")
	err := tale.Tell(t.Context(), &bytes.Buffer{})
	require.ErrorIs(t, err, client.failure)
	require.ErrorContains(t, err, "scene (a)")
	require.Empty(t, client.sessions)
}

// A fifth story within half a minute has no code left, and waits until there is one: once,
// by the account's clock, and as long as nobody interrupts it.
func TestTheFifthStoryWaitsForACode(t *testing.T) {
	t.Parallel()
	for _, interrupted := range []bool{false, true} {
		clock := accounttest.Standing(time.Date(2026, 11, 24, 9, 0, 12, 0, time.UTC))
		a := account.New("111122223333", "aws", account.WithClock(clock.Now))
		_, err := a.CreateUser(account.CreateUserInput{UserName: "alice"})
		require.NoError(t, err)
		use := codeUser(t, a)
		tell := func() (paused []time.Duration, notes string, err error) {
			tale, _ := scriptedStory(
				denial("ListBuckets operation", 0),
				story.Result{Screen: "arn:aws:sts::111122223333:assumed-role/cli-dev-power-user/x", Prompts: 1},
				denial("ListBuckets operation", 0),
				denial("AssumeRole operation: MultiFactorAuthentication failed", 1),
				denial("AssumeRole operation: not authorized", 0),
			)
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			said := &bytes.Buffer{}
			tale.Codes, tale.Notes = story.Codes{Account: a}, said
			tale.Pause = func(ctx context.Context, d time.Duration) error {
				paused = append(paused, d)
				if interrupted {
					interrupt()
				}
				clock.Advance(d)
				return ctx.Err()
			}
			err = tale.Tell(ctx, &bytes.Buffer{})
			return paused, said.String(), err
		}
		for range 4 {
			paused, notes, err := tell()
			require.NoError(t, err)
			require.Empty(t, paused)
			require.Empty(t, notes)
			code, err := story.Codes{Account: a}.Next("alice")
			require.NoError(t, err)
			require.NoError(t, use(code))
		}
		paused, notes, err := tell()
		require.Equal(t, []time.Duration{18 * time.Second}, paused)
		require.Equal(t, "The authenticator of alice: every code of the moment has been used: waiting 18 s for the next\n", notes)
		if interrupted {
			require.ErrorIs(t, err, context.Canceled)
			continue
		}
		require.NoError(t, err)
		_, err = story.Codes{Account: a}.Next("alice")
		require.NoError(t, err)
	}
}

func TestSDKKnowsTheCommandsOfTheStoryOnly(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":                              "only the AWS CLI can do this",
		"s3":                            "only the AWS CLI can do this",
		"iam list-users":                "aws iam list-users: only the AWS CLI can do this",
		"s3 ls --recursive":             "flag provided but not defined",
		"s3 ls --profile no-such-thing": "read the profile of alice",
	} {
		_, err := story.NewSDK("http://127.0.0.1:1").Run(t.Context(), story.Person{Name: "alice", Home: t.TempDir()},
			story.Command{Args: strings.Fields(args)})
		require.ErrorContains(t, err, want)
	}
}
