package story

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// Story is the story of one profile of a deployed stack.
type Story struct {
	Client Client
	Codes  Codes
	// Profile is what Insider, whom its role trusts, uses.
	Profile stack.Profile
	Insider Person
	// Outsider is not trusted; nil leaves their scene out.
	Outsider *Person
	// Enforced reports whether the stack denies what is done without MFA.
	Enforced bool
	// RoleListsBuckets reports whether the role's policies allow aws s3 ls.
	RoleListsBuckets bool
	// Pause waits for a code, and Notes is told for how long; without Pause a scene for
	// which there is no code fails.
	Pause func(context.Context, time.Duration) error
	Notes io.Writer
}

// SceneError is a scene that ended otherwise than it has to.
type SceneError struct {
	// Scene is its letter and title.
	Scene string
	// Command is what was typed.
	Command string
	// Want says how it has to end, Got how it did.
	Want, Got string
}

// Error names the scene and both endings.
func (e *SceneError) Error() string {
	return fmt.Sprintf("scene %s: %s has to be %s; it was %s", e.Scene, e.Command, e.Want, e.Got)
}

// Tell plays every scene and shows it on out as it ends: the command, and what
// the person sees. The error joins a [*SceneError] for each scene that ended
// otherwise than it has to. Afterwards nobody has temporary credentials left.
func (s *Story) Tell(ctx context.Context, out io.Writer) (err error) {
	if err := s.forget(); err != nil {
		return err
	}
	scenes := s.scenes()
	ended, stop := s.playAll(ctx, scenes)
	defer func() {
		stop()
		err = errors.Join(err, s.forget())
	}()
	_, err = fmt.Fprintf(out, "\nThe rehearsal of profile %s, with %s:\n", s.Profile.Name, s.Client.Name())
	if err != nil {
		return fmt.Errorf("write the rehearsal: %w", err)
	}
	var wrong []error
	for i, scene := range scenes {
		title := fmt.Sprintf("(%c) %s", 'a'+i, scene.title)
		one := <-ended[i]
		if one.err != nil {
			return fmt.Errorf("scene %s: %w", title, one.err)
		}
		result := one.result
		failure := scene.judge(title, result)
		if failure != nil {
			wrong = append(wrong, failure)
		}
		if _, err := io.WriteString(out, scene.show(title, result, failure)); err != nil {
			return fmt.Errorf("write the rehearsal: %w", err)
		}
	}
	return errors.Join(wrong...)
}

type played struct {
	result Result
	err    error
}

// playAll begins every scene that depends on no other at once, and the others one
// after the other: most of the time of a scene is the start of the AWS CLI. stop
// ends those under way.
func (s *Story) playAll(ctx context.Context, scenes []scene) (ended []chan played, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var underWay sync.WaitGroup
	ended = make([]chan played, len(scenes))
	play := func(i int) {
		result, err := s.play(ctx, scenes[i])
		ended[i] <- played{result, err}
	}
	var inOrder []int
	for i, scene := range scenes {
		ended[i] = make(chan played, 1)
		if scene.apart {
			underWay.Go(func() { play(i) })
		} else {
			inOrder = append(inOrder, i)
		}
	}
	underWay.Go(func() {
		for _, i := range inOrder {
			play(i)
		}
	})
	return ended, func() {
		cancel()
		underWay.Wait()
	}
}

func (s *Story) play(ctx context.Context, scene scene) (Result, error) {
	if scene.fresh {
		if err := s.Client.Forget(scene.person); err != nil {
			return Result{}, err
		}
	}
	if scene.usesCode && s.Pause != nil {
		if err := s.Codes.Await(ctx, scene.person.Name, s.sayWaiting(scene.person), s.Pause); err != nil {
			return Result{}, err
		}
	}
	return s.Client.Run(ctx, scene.person, Command{Args: scene.args, Code: scene.code})
}

func (s *Story) sayWaiting(person Person) func(time.Duration) {
	return func(left time.Duration) {
		_, _ = fmt.Fprintf(s.Notes, "The authenticator of %s: %v: waiting %.0f s for the next\n",
			person.Name, ErrNoCode, left.Seconds())
	}
}

// forget removes the temporary credentials of all.
func (s *Story) forget() error {
	err := s.Client.Forget(s.Insider)
	if s.Outsider != nil {
		err = errors.Join(err, s.Client.Forget(*s.Outsider))
	}
	if err != nil {
		return fmt.Errorf("remove temporary credentials: %w", err)
	}
	return nil
}

// judge compares the ending with the one that it has to be.
func (s scene) judge(title string, r Result) error {
	prompts := 0
	if s.code != nil {
		prompts = 1
	}
	got := "allowed"
	if r.Failed {
		got = "denied"
	}
	failure := &SceneError{Scene: title, Command: s.command(), Want: s.want.String()}
	switch {
	case r.Prompts != prompts:
		failure.Want += fmt.Sprintf(" after %d prompts", prompts)
		failure.Got = fmt.Sprintf("%s after %d prompts:\n%s", got, r.Prompts, r.Screen)
	case !s.want.met(r):
		failure.Got = got + ":\n" + r.Screen
	default:
		return nil
	}
	return failure
}

// command is what a person types.
func (s scene) command() string { return "aws " + strings.Join(s.args, " ") }

// show is the scene as a person sees it.
func (s scene) show(title string, r Result, failure error) string {
	var text strings.Builder
	fmt.Fprintf(&text, "\n%s\n", title)
	prompt := "    " + s.person.Name + "$ "
	if s.fresh {
		fmt.Fprintf(&text, "%srm -r ~/.aws/cli/cache\n", prompt)
	}
	fmt.Fprintf(&text, "%s%s\n", prompt, s.command())
	for line := range strings.Lines(r.Screen) {
		if line = strings.TrimRight(line, " \r\n"); line != "" {
			fmt.Fprintf(&text, "    %s\n", line)
		}
	}
	fmt.Fprintf(&text, "  %s", s.conclusion(r, failure))
	if s.remark != "" {
		fmt.Fprintf(&text, "; %s", s.remark)
	}
	return text.String() + "\n"
}

func (s scene) conclusion(r Result, failure error) string {
	switch {
	case failure != nil:
		return "THIS IS WRONG: it has to be " + s.want.String()
	case r.Failed:
		return "denied, as it has to be"
	case strings.TrimSpace(r.Screen) == "":
		return "allowed, as it has to be: the account has no buckets"
	default:
		return "allowed, as it has to be"
	}
}
