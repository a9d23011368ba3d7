package credentialprocess_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/credentialprocess"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/private"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/accounttest"
)

func someKey() credentialprocess.Key {
	return credentialprocess.Key{
		Request: roleRequest(), SourceAccessKeyID: "AKIAIOSFODNN7EXAMPLE", Endpoint: "https://sts.eu-west-1.amazonaws.com",
	}
}

// begins counts the sessions that it begins; each ends after duration.
type begins struct {
	n        atomic.Int32
	now      func() time.Time
	duration time.Duration
}

func (b *begins) begin(context.Context) (credentialprocess.Credentials, error) {
	return numbered(int(b.n.Add(1)), b.now().Add(b.duration)), nil
}

func TestSessionIsKeptUntilFiveMinutesBeforeItsEnd(t *testing.T) {
	t.Parallel()
	clock := &accounttest.Clock{}
	cache := newCache(t, clock.Now)
	b := &begins{now: clock.Now, duration: time.Hour}
	for _, test := range []struct {
		advance time.Duration
		want    string
	}{
		{0, "ASIA1"}, {0, "ASIA1"}, {54 * time.Minute, "ASIA1"}, {time.Minute, "ASIA2"}, {0, "ASIA2"}, {time.Hour, "ASIA3"},
	} {
		clock.Advance(test.advance)
		got, err := cache.Get(t.Context(), someKey(), b.begin)
		require.NoError(t, err)
		require.Equal(t, test.want, got.AccessKeyID)
		kept, err := cache.Kept()
		require.NoError(t, err)
		require.Equal(t, []credentialprocess.Entry{{Key: someKey(), Credentials: got}}, kept)
	}
	clock.Advance(55 * time.Minute)
	kept, err := cache.Kept()
	require.NoError(t, err)
	require.Empty(t, kept, "it is still there")
	require.Len(t, files(t, cache), 1)
}

func TestEverythingThatDecidesTheAnswerSeparatesSessions(t *testing.T) {
	t.Parallel()
	cache := newCache(t, time.Now)
	b := &begins{now: time.Now, duration: time.Hour}
	changes := map[string]func(*credentialprocess.Key){
		"nothing":      func(*credentialprocess.Key) {},
		"operation":    func(k *credentialprocess.Key) { k.Operation = credentialprocess.GetSessionToken },
		"access key":   func(k *credentialprocess.Key) { k.SourceAccessKeyID += "X" },
		"role":         func(k *credentialprocess.Key) { k.RoleARN += "x" },
		"serial":       func(k *credentialprocess.Key) { k.SerialNumber += "x" },
		"session name": func(k *credentialprocess.Key) { k.RoleSessionName += "x" },
		"duration":     func(k *credentialprocess.Key) { k.DurationSeconds = 3600 },
		"external id":  func(k *credentialprocess.Key) { k.ExternalID = "x" },
		"endpoint":     func(k *credentialprocess.Key) { k.Endpoint = "http://127.0.0.1:4566" },
		"moved text":   func(k *credentialprocess.Key) { k.RoleSessionName, k.ExternalID = "", k.RoleSessionName },
	}
	seen := map[string]string{}
	for name, change := range changes {
		key := someKey()
		change(&key)
		got, err := cache.Get(t.Context(), key, b.begin)
		require.NoError(t, err)
		require.NotContains(t, seen, got.AccessKeyID, name)
		seen[got.AccessKeyID] = name
	}
	require.Len(t, files(t, cache), len(changes))
	require.EqualValues(t, len(changes), b.n.Load())
}

func TestWhatIsNotOursIsReplaced(t *testing.T) {
	t.Parallel()
	otherKey := someKey()
	otherKey.Endpoint = "https://sts.us-east-1.amazonaws.com"
	soon := time.Now().Add(time.Hour)
	tokenless := numbered(7, soon)
	tokenless.SessionToken = ""
	for name, spoil := range map[string]func(path string, text []byte) error{
		"empty":           func(path string, _ []byte) error { return os.WriteFile(path, nil, 0o600) },
		"truncated":       func(path string, text []byte) error { return os.WriteFile(path, text[:len(text)/2], 0o600) },
		"more after it":   func(path string, text []byte) error { return os.WriteFile(path, append(text, "{}"...), 0o600) },
		"without a token": func(path string, _ []byte) error { return writeEntry(path, someKey(), tokenless) },
		"of another key":  func(path string, _ []byte) error { return writeEntry(path, otherKey, numbered(7, soon)) },
		"of another format": func(path string, _ []byte) error {
			return os.WriteFile(path, []byte(`{"Credentials":{"AccessKeyId":"x"},"ProviderType":"sts"}`), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireReplaced(t, spoil)
		})
	}
}

// requireReplaced holds that a session which was spoiled is begun anew.
func requireReplaced(t *testing.T, spoil func(path string, text []byte) error) {
	t.Helper()
	cache := newCache(t, time.Now)
	b := &begins{now: time.Now, duration: time.Hour}
	_, err := cache.Get(t.Context(), someKey(), b.begin)
	require.NoError(t, err)
	path := files(t, cache)[0]
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, spoil(path, text))
	for range 2 {
		got, err := cache.Get(t.Context(), someKey(), b.begin)
		require.NoError(t, err)
		require.Equal(t, "ASIA2", got.AccessKeyID)
	}
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.True(t, info.Mode().IsRegular() && private.IsOwn(path, info) && private.IsClosed(path, info), info.Mode())
}

func writeEntry(path string, key credentialprocess.Key, session credentialprocess.Credentials) error {
	text, err := json.Marshal(map[string]any{"Key": key, "Credentials": session})
	return errors.Join(err, os.WriteFile(path, text, 0o600))
}

func TestOneOfSixteenAsks(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	person := &asked{cloud: c}
	cache := newCache(t, time.Now)
	var waiting sync.WaitGroup // the person answers when all the others wait
	waiting.Add(15)
	cache.Waiting = waiting.Done
	session := c.session(c.keys(t, "alice"), person)
	var group sync.WaitGroup
	results := make([]credentialprocess.Credentials, 16)
	failures := make([]error, 16)
	for i := range results {
		group.Go(func() {
			results[i], failures[i] = cache.Get(t.Context(), someKey(), func(ctx context.Context) (credentialprocess.Credentials, error) {
				waiting.Wait()
				return session.Begin(ctx, roleRequest())
			})
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(failures...))
	require.Len(t, person.serial, 1)
	for _, result := range results {
		require.Equal(t, results[0], result)
	}
}

func TestNothingIsKeptOfWhatFails(t *testing.T) {
	t.Parallel()
	cache := newCache(t, time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := cache.Get(ctx, someKey(), func(ctx context.Context) (credentialprocess.Credentials, error) {
		cancel() // Ctrl-C at the question
		return credentialprocess.Credentials{}, ctx.Err()
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, files(t, cache))

	// The lock is free: the next one does not wait.
	cache.Waiting = func() { t.Error("the lock is taken") }
	b := &begins{now: time.Now, duration: time.Hour}
	_, err = cache.Get(t.Context(), someKey(), b.begin)
	require.NoError(t, err)
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	cache := newCache(t, time.Now)
	b := &begins{now: time.Now, duration: time.Hour}
	_, err := cache.Get(t.Context(), someKey(), func(outer context.Context) (credentialprocess.Credentials, error) {
		ctx, cancel := context.WithCancel(outer)
		defer cancel()
		waiting := cache
		waiting.Waiting = cancel
		_, err := waiting.Get(ctx, someKey(), b.begin)
		require.ErrorIs(t, err, context.Canceled)
		return b.begin(outer)
	})
	require.NoError(t, err)
	require.EqualValues(t, 1, b.n.Load())
}

func TestClearRemovesSessionsAndNothingElse(t *testing.T) {
	t.Parallel()
	cache := newCache(t, time.Now)
	removed, err := cache.Clear()
	require.NoError(t, err, "no directory yet")
	require.Zero(t, removed)
	b := &begins{now: time.Now, duration: time.Hour}
	for _, duration := range []int32{900, 1800} {
		key := someKey()
		key.DurationSeconds = duration
		_, err := cache.Get(t.Context(), key, b.begin)
		require.NoError(t, err)
	}
	interrupted := filepath.Join(cache.Dir, "."+filepath.Base(files(t, cache)[0])+".awsmfa-8164739")
	require.NoError(t, os.WriteFile(interrupted, []byte("half a secret"), 0o600))
	foreign := filepath.Join(cache.Dir, "notes.json")
	require.NoError(t, os.WriteFile(foreign, nil, 0o600))
	removed, err = cache.Clear()
	require.NoError(t, err)
	require.Equal(t, 2, removed)
	require.NoFileExists(t, interrupted)
	require.Equal(t, []string{foreign}, files(t, cache))
}

func TestSessionsThatEndedAreRemoved(t *testing.T) {
	t.Parallel()
	clock := &accounttest.Clock{}
	cache := newCache(t, clock.Now)
	b := &begins{now: clock.Now, duration: time.Hour}
	_, err := cache.Get(t.Context(), someKey(), b.begin)
	require.NoError(t, err)
	renewed := someKey() // as a --one-code base profile does once a day
	renewed.SourceAccessKeyID = "ASIAEXAMPLE"
	clock.Advance(2 * time.Hour)
	_, err = cache.Get(t.Context(), renewed, b.begin)
	require.NoError(t, err)
	require.Len(t, files(t, cache), 1)
	locks, err := filepath.Glob(filepath.Join(cache.Dir, "*.lock"))
	require.NoError(t, err)
	require.Len(t, locks, 1)
}

func TestEndpointIsTheOneThatIsCalled(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		config aws.Config
		want   string
	}{
		{aws.Config{Region: "eu-west-1"}, "https://sts.eu-west-1.amazonaws.com"},
		{aws.Config{Region: "cn-north-1"}, "https://sts.cn-north-1.amazonaws.com.cn"},
		{aws.Config{Region: "eu-west-1", BaseEndpoint: aws.String("http://127.0.0.1:4566")}, "http://127.0.0.1:4566"},
	} {
		got, err := credentialprocess.Endpoint(t.Context(), sts.NewFromConfig(test.config))
		require.NoError(t, err)
		require.Equal(t, test.want, got)
	}
	fips := sts.NewFromConfig(aws.Config{Region: "us-east-1"}, func(o *sts.Options) {
		o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
	})
	got, err := credentialprocess.Endpoint(t.Context(), fips)
	require.NoError(t, err)
	require.Equal(t, "https://sts-fips.us-east-1.amazonaws.com", got)
	_, err = credentialprocess.Endpoint(t.Context(), sts.NewFromConfig(aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String("http://host:port"),
	}))
	require.ErrorContains(t, err, "finding the endpoint of STS")
}
