package tests

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/clienttest"
	_ "github.com/aws-cli-mfa/aws-cli-mfa/internal/quietterminal" // five seconds for each program in a terminal
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
)

// asSDKProgram has this test program, started once more, be one that uses the
// AWS SDK for Go.
const asSDKProgram = "TEST_AS_SDK_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asSDKProgram) != "" {
		if err := useSDK(context.Background()); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// useSDK uses the access key, and then the profile, which asks for a code. No
// endpoint is in this code.
func useSDK(ctx context.Context) error {
	key, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	devices, err := awsiam.NewFromConfig(key).ListMFADevices(ctx, &awsiam.ListMFADevicesInput{})
	if err != nil {
		return err
	}
	role, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(profile),
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			o.TokenProvider = func() (string, error) {
				fmt.Printf("Enter MFA code for %s: ", *devices.MFADevices[0].SerialNumber)
				code, err := bufio.NewReader(os.Stdin).ReadString('\n')
				return strings.TrimSpace(code), err
			}
		}))
	if err != nil {
		return err
	}
	identity, err := sts.NewFromConfig(role).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	if _, err := awsiam.NewFromConfig(role).ListRoles(ctx, &awsiam.ListRolesInput{}); err != nil {
		return err
	}
	fmt.Println(*identity.Arn)
	return nil
}

// served is a sandbox that is being served.
type served struct {
	dir, exports string
	endpoint     *url.URL
}

// TestRehearsalStaysHere lists every host that the clients of a rehearsal ask
// for, and finds none but the endpoint: with nothing but the printed exports, in
// a shell full of settings for another AWS, and with nothing but a home. A proxy
// that the clients are told of afterwards sees what leaves the machine.
func TestRehearsalStaysHere(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.forgetEndpoint(t, "alice")
	s.forgetEndpoint(t, "mallory")
	for name, environment := range map[string]struct {
		user    string
		program func(t *testing.T, user, proxy, name string, args ...string) *exec.Cmd
	}{
		"the exports": {"alice", s.withExports},
		"the home":    {"bob", s.withHome},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := newProxy(t, s.endpoint)
			program := func(name string, args ...string) *exec.Cmd {
				return environment.program(t, environment.user, proxy.server.URL, name, args...)
			}
			s.useClients(t, environment.user, program, proxy)
		})
	}
	t.Run("what leaves is seen", func(t *testing.T) {
		t.Parallel()
		proxy := newProxy(t, s.endpoint)
		self, err := os.Executable()
		require.NoError(t, err)
		output, err := s.withHome(t, "mallory", proxy.server.URL, self).Output()
		require.Error(t, err, string(output))
		require.Equal(t, []string{"iam.amazonaws.com:443"}, proxy.asked())
	})
}

// useClients has each client use the access key and the profile.
func (s *served) useClients(
	t *testing.T, user string, program func(name string, args ...string) *exec.Cmd, proxy *recordingProxy,
) {
	t.Helper()
	state, err := account.Load(filepath.Join(s.dir, "account.json"))
	require.NoError(t, err)
	wrong, err := story.Codes{Account: state}.Wrong(user)
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	for _, client := range []struct {
		name, client, args string // no client is this program
		want               string
		codes              []string // empty for one that is right
	}{
		{"AWS SDK for Go", "", "", assumedRole, []string{""}},
		{"AWS CLI, key alone", "aws", "iam list-mfa-devices", ":mfa/" + user, nil},
		{"AWS CLI", "aws", whoAmI, assumedRole, []string{""}},
		{"boto3", "boto3", "testdata/rehearsal.py " + profile, "role: " + assumedRole, []string{"", wrong}},
	} {
		t.Run(client.name, func(t *testing.T) {
			path := self
			if client.client != "" {
				path = clienttest.Require(t, client.client)
			}
			require.NoError(t, os.RemoveAll(s.person(user).Cache()))
			result, err := story.InTerminal(t.Context(), program(path, strings.Fields(client.args)...),
				func() (string, error) {
					if len(client.codes) == 0 {
						return "", errors.New("a prompt too many")
					}
					code := client.codes[0]
					client.codes = client.codes[1:]
					if code != "" {
						return code, nil
					}
					codes, err := sandbox.Codes(s.dir, user)
					return strings.Join(codes, " "), err
				})
			require.Subset(t, []string{s.endpoint.Host}, proxy.asked())
			require.NoError(t, err)
			require.False(t, result.Failed, result.Screen)
			require.Contains(t, result.Screen, client.want)
			require.Empty(t, client.codes, result.Screen)
		})
	}
}

// serve runs awsmfa sandbox --serve until the test ends.
func serve(t *testing.T) *served {
	t.Helper()
	named := strings.Replace(rehearsedStack(true), "groups: [developers]", "groups: [developers], users: [alice, bob]", 1)
	project := projectOf(t, "dev", named) // so that both have a device
	stdout, printed := io.Pipe()
	ctx, interrupt := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	s := &served{dir: filepath.Join(project, ".sandbox")}
	go func() {
		err := sandbox.Run(ctx, sandbox.Options{
			ProjectDir: project, Dir: s.dir, Stack: "dev", CLI: pulumiCLI(t).Path(), Serve: true, NoStory: true,
			Stdout: printed, Stderr: t.Output(),
		})
		_ = printed.CloseWithError(err)
		ended <- err
	}()
	t.Cleanup(func() {
		interrupt()
		_ = stdout.Close()
		require.NoError(t, <-ended)
	})
	lines := bufio.NewScanner(stdout)
	for !strings.HasPrefix(lines.Text(), "export AWS_PAGER=") { // the last
		require.True(t, lines.Scan(), "it ended before it served: %v", lines.Err())
		s.exports += lines.Text() + "\n"
	}
	go func() { _, _ = io.Copy(io.Discard, stdout) }() // what follows must not wait for a reader
	_, s.exports, _ = strings.Cut(s.exports, "\n# The sandbox's AWS,")
	s.exports = "#" + s.exports
	endpoint, err := url.Parse(regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(s.exports))
	require.NoError(t, err)
	s.endpoint = endpoint
	return s
}

func (s *served) person(user string) story.Person {
	return story.Person{Name: user, Home: filepath.Join(s.dir, "people", user)}
}

// forgetEndpoint takes the endpoint from the user's home.
func (s *served) forgetEndpoint(t *testing.T, user string) {
	t.Helper()
	path := s.person(user).Config()
	text := regexp.MustCompile(`(?m)^( *endpoint_url|services) = .*\n`).ReplaceAllString(read(t, path), "")
	require.NotContains(t, text, s.endpoint.Host)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// withExports is a program in a shell of somebody with an AWS of their own, who
// has pasted the exports, which are alice's.
func (s *served) withExports(t *testing.T, _, proxy, name string, args ...string) *exec.Cmd {
	t.Helper()
	program := exec.CommandContext(t.Context(), "sh", append([]string{
		"-c", s.exports + "export HTTP_PROXY=$PROXY HTTPS_PROXY=$PROXY\nexec \"$@\"", "sh", name,
	}, args...)...)
	const elsewhere = "https://real.test"
	program.Env = append(os.Environ(), asSDKProgram+"=1", "PROXY="+proxy, "NO_PROXY=real.test",
		"AWS_PROFILE=real", "AWS_ACCESS_KEY_ID=AKIAREAL", "AWS_SECRET_ACCESS_KEY=real", "AWS_REGION=us-west-2",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", "AWS_ENDPOINT_URL="+elsewhere, "AWS_ENDPOINT_URL_S3="+elsewhere,
		"AWS_ENDPOINT_URL_STS="+elsewhere, "AWS_ENDPOINT_URL_IAM="+elsewhere)
	return program
}

// withHome is a program in the home of a user, and without a variable for AWS.
func (s *served) withHome(t *testing.T, user, proxy, name string, args ...string) *exec.Cmd {
	t.Helper()
	program := exec.CommandContext(t.Context(), name, args...)
	program.Env = append(slices.DeleteFunc(os.Environ(), func(entry string) bool {
		return regexp.MustCompile(`(?i)^((AWS|BOTO)_.*|.*_PROXY|HOME)=`).MatchString(entry)
	}), asSDKProgram+"=1", "HOME="+s.person(user).Home, "HTTP_PROXY="+proxy, "HTTPS_PROXY="+proxy)
	return program
}

// recordingProxy leads to one host, and lists every host that it is asked for.
type recordingProxy struct {
	server *httptest.Server
	mu     sync.Mutex
	hosts  []string
}

func newProxy(t *testing.T, to *url.URL) *recordingProxy {
	t.Helper()
	p, forward := &recordingProxy{}, httputil.NewSingleHostReverseProxy(to)
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.hosts = append(p.hosts, r.Host)
		p.mu.Unlock()
		if r.Method == http.MethodConnect || r.Host != to.Host {
			http.Error(w, "nothing leaves this machine", http.StatusForbidden)
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(p.server.Close)
	return p
}

// asked are the hosts, each once.
func (p *recordingProxy) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Compact(slices.Sorted(slices.Values(p.hosts)))
}
