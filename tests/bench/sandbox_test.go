package bench

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/audit"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/mototest"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/story"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sdkconfig"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const (
	motoServer = "moto_server, which checks nothing"
	requests   = "requests a second"
)

func sandboxRows() []row {
	return []row{{
		what: "make sandbox again, deploy alone", against: "the pulumi up in it", of: "wall", reach: 2.2, run: sandboxAgain,
	}, {
		what: "make sandbox again, with the rehearsal", against: "the pulumi up in it", of: "wall", reach: 3 / 0.45,
		run: rehearsalAgain,
	}, {
		what: "rehearsal of 1,000 resources: up without checkpoints", against: "with checkpoints", of: "wall",
		reach: 10.0 / 191, run: checkpoints,
	}, {
		what: "endpoint, signed GetUser, 4 clients", against: motoServer, of: requests,
		reach: 10, atLeast: true, run: getUsers(4),
	}, {
		what: "endpoint, signed GetUser, one client", against: motoServer, of: requests,
		reach: 10, atLeast: true, run: getUsers(1),
	}, {
		what: "endpoint, AssumeRole with MFA, account kept, 4 clients", against: motoServer, of: requests,
		reach: 10, atLeast: true, run: assumeRoles(4),
	}, {
		what: "endpoint, AssumeRole with MFA, account kept, one client", against: motoServer, of: requests,
		reach: 10, atLeast: true, run: assumeRoles(1),
	}, {
		what: "awsmfa audit of 1,000 users, without the rate limit", against: "the IAM calls alone", of: "CPU", reach: 1.5,
		run: auditThousand,
	}}
}

// sandbox is that program in a directory of its own, after a first run.
func sandbox(t *testing.T, program string) (run func(args ...string) side) {
	t.Helper()
	cli, dir := pulumiCLI(t), t.TempDir()
	run = func(args ...string) side {
		return func(t *testing.T) sample {
			t.Helper()
			all := append([]string{"--project", "../..", "--dir", dir, "--pulumi", cli}, args...)
			return command(t, os.Environ(), program, all...)
		}
	}
	run("--no-story")(t)
	return run
}

func sandboxAgain(t *testing.T) result {
	t.Helper()
	ours := sandbox(t, build(t, "./cmd/awsmfa-sandbox"))("--no-story")
	return interleave(t, 7, ours, upOfTen(t)).wall()
}

// upOfTen is the pulumi up of a stack like that of the sandbox.
func upOfTen(t *testing.T) side {
	t.Helper()
	d := newDeployment(t, 10)
	return func(t *testing.T) sample {
		t.Helper()
		return d.run(t, engineRun{Program: "ours", Up: true}).All
	}
}

func rehearsalAgain(t *testing.T) result {
	t.Helper()
	// A person has four codes at a time, and each works once: in one account the
	// fifth rehearsal within half a minute waits for one.
	var accounts []side
	program := build(t, "./cmd/awsmfa-sandbox")
	for range 3 {
		accounts = append(accounts, sandbox(t, program)())
	}
	turn := 0
	ours := func(t *testing.T) sample {
		t.Helper()
		turn++
		return accounts[turn%len(accounts)](t)
	}
	for range accounts {
		ours(t) // makes the homes
	}
	return interleave(t, 7, ours, upOfTen(t)).wall()
}

func checkpoints(t *testing.T) result {
	t.Helper()
	d := newDeployment(t, 1000)
	up := func(skip bool) side {
		return func(t *testing.T) sample {
			t.Helper()
			return d.run(t, engineRun{Program: "ours", Up: true, SkipCheckpoints: skip}).All
		}
	}
	return interleave(t, 1, up(true), up(false)).wall()
}

// moto is moto_server with alice and a role.
func moto(t *testing.T) aws.Config {
	t.Helper()
	config := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(mototest.Start(t)),
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		APIOptions:  []func(*middleware.Stack) error{sdkconfig.PlainBodies},
	}
	client := awsiam.NewFromConfig(config)
	_, err := client.CreateUser(t.Context(), &awsiam.CreateUserInput{UserName: aws.String("alice")})
	require.NoError(t, err)
	return config
}

// perSecond turns the time of one request into its rate.
func (m measured) perSecond() result {
	rate := func(s sample) float64 { return float64(time.Second) / float64(s.Wall) }
	return result{
		ratio: rate(m.ours) / rate(m.theirs),
		ours:  fmt.Sprintf("%.0f", rate(m.ours)), theirs: fmt.Sprintf("%.0f", rate(m.theirs)),
	}
}

func getUsers(clients int) func(*testing.T) result {
	return func(t *testing.T) result {
		t.Helper()
		c := newCloud(t, "")
		c.addUser(t, "alice", "developers")
		get := func(config aws.Config) side {
			client := awsiam.NewFromConfig(config)
			return func(t *testing.T) sample {
				t.Helper()
				return together(clients, 400, func() {
					_, err := client.GetUser(t.Context(), &awsiam.GetUserInput{UserName: aws.String("alice")})
					require.NoError(t, err)
				})
			}
		}
		return interleave(t, 7, get(c.config), get(moto(t))).perSecond()
	}
}

// sessions are those of a run. A person has four codes at a time, and each works once.
const sessions = 240

func assumeRoles(clients int) func(*testing.T) result {
	return func(t *testing.T) result {
		t.Helper()
		config := moto(t)
		input := func(role, serial, code string) *sts.AssumeRoleInput {
			return &sts.AssumeRoleInput{
				RoleArn: aws.String(role), RoleSessionName: aws.String("bench"), SerialNumber: &serial, TokenCode: &code,
			}
		}
		return interleave(t, 7, func(t *testing.T) sample {
			t.Helper()
			return assumeEach(t, clients, input)
		}, func(t *testing.T) sample {
			t.Helper()
			client := sts.NewFromConfig(config)
			return together(clients, sessions, func() {
				_, err := client.AssumeRole(t.Context(), input("arn:aws:iam::123456789012:role/bench",
					"arn:aws:iam::123456789012:mfa/alice", "123456"))
				require.NoError(t, err)
			})
		}).perSecond()
	}
}

// assumeEach has everybody of a new account assume a role with each of their codes.
func assumeEach(
	t *testing.T, clients int, input func(role, serial, code string) *sts.AssumeRoleInput,
) sample {
	t.Helper()
	c := newCloud(t, filepath.Join(t.TempDir(), "account.json"))
	var users []string
	for i := range sessions/4 + clients {
		users = append(users, userARN(fmt.Sprintf("user-%d", i)))
		c.addUser(t, fmt.Sprintf("user-%d", i), "developers")
	}
	client := sts.NewFromConfig(c.config)
	calls := make(chan func(), 4*len(users))
	for i := range users {
		name, role := fmt.Sprintf("user-%d", i), fmt.Sprintf("role-%d", i/40)
		if i%40 == 0 {
			c.addRole(t, role, mustTrust(t, users[i:min(i+40, len(users))]))
		}
		device, err := story.MFADevice(c.account, name)
		require.NoError(t, err)
		key, err := c.account.CreateAccessKey(name)
		require.NoError(t, err)
		for step := range 4 {
			code, err := c.account.TOTPCode(device, time.Now().Add(time.Duration(step-1)*30*time.Second))
			require.NoError(t, err)
			in := input("arn:aws:iam::"+accountID+":role/"+role, device, code)
			calls <- func() {
				_, err := client.AssumeRole(t.Context(), in, func(o *sts.Options) {
					o.Credentials = credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, "")
				})
				require.NoError(t, err)
			}
		}
	}
	return together(clients, sessions, func() { (<-calls)() })
}

func mustTrust(t *testing.T, users []string) policy.Document {
	t.Helper()
	document, err := policy.TrustPolicy(users)
	require.NoError(t, err)
	return document
}

// auditThousand counts the endpoint's own time on both sides.
func auditThousand(t *testing.T) result {
	t.Helper()
	c := newCloud(t, "")
	for i := range 1000 {
		name := fmt.Sprintf("user-%d", i)
		c.addUser(t, name, "developers")
		_, err := story.MFADevice(c.account, name)
		require.NoError(t, err)
		_, err = c.account.CreateAccessKey(name)
		require.NoError(t, err)
	}
	config := c.config.Copy()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16
	config.HTTPClient = &http.Client{Transport: transport}
	client := awsiam.NewFromConfig(config)
	return interleave(t, 7, func(t *testing.T) sample {
		t.Helper()
		return many(1, func() {
			_, err := audit.Run(t.Context(), audit.Options{
				IAM: client, STS: sts.NewFromConfig(config), Now: time.Now,
				Subject: audit.Subject{Groups: []audit.Group{{Name: "developers"}}},
			})
			require.NoError(t, err)
		})
	}, func(t *testing.T) sample {
		t.Helper()
		return many(1, func() { callsOfAudit(t, client) })
	}).cpu()
}

// callsOfAudit are those that an audit of the group cannot do without.
func callsOfAudit(t *testing.T, client *awsiam.Client) {
	t.Helper()
	pages := awsiam.NewGetGroupPaginator(client, &awsiam.GetGroupInput{GroupName: aws.String("developers")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, user := range page.Users {
			_, err := client.ListMFADevices(t.Context(), &awsiam.ListMFADevicesInput{UserName: user.UserName})
			require.NoError(t, err)
			keys, err := client.ListAccessKeys(t.Context(), &awsiam.ListAccessKeysInput{UserName: user.UserName})
			require.NoError(t, err)
			for _, key := range keys.AccessKeyMetadata {
				_, err := client.GetAccessKeyLastUsed(t.Context(),
					&awsiam.GetAccessKeyLastUsedInput{AccessKeyId: key.AccessKeyId})
				require.NoError(t, err)
			}
		}
	}
}
