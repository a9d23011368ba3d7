package provider

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"google.golang.org/grpc/stats"
)

// session is what one engine configured. The engine dials once for each provider instance of a stack, so the
// connection tells stacks, and several aws providers within one stack, apart. An engine that dials again after half an
// hour of silence starts from the server's config, which differs in the region and the default
// tags only.
type session struct{ settings atomic.Pointer[settings] }

func newSession(config aws.Config) *session {
	s := &session{}
	s.settings.Store(&settings{config: config})
	return s
}

// settings are what an engine configured, as far as it has an effect here.
type settings struct {
	config      aws.Config
	defaultTags resource.PropertyMap
}

type sessionKey struct{}

// sessions gives each connection a session of its own, which starts with the server's config.
type sessions struct{ config aws.Config }

func (h sessions) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, sessionKey{}, newSession(h.config))
}

func (sessions) HandleConn(context.Context, stats.ConnStats) {}

func (sessions) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (sessions) HandleRPC(context.Context, stats.RPCStats) {}

// cloud is the account as one call sees it.
type cloud struct {
	region      string
	iam         *iam.Client
	sts         *sts.Client
	defaultTags resource.PropertyMap
	propagation time.Duration
}

// eventually repeats a call that fails because IAM does not know yet what was made.
func (c cloud) eventually(ctx context.Context, unknownYet func(error) bool, call func() error) error {
	deadline := time.Now().Add(c.propagation)
	for pause := 10 * time.Millisecond; ; pause *= 2 {
		err := call()
		if err == nil || !unknownYet(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

func (p *provider) session(ctx context.Context) *session {
	if s, ok := ctx.Value(sessionKey{}).(*session); ok {
		return s
	}
	return newSession(p.config)
}

func (p *provider) cloud(ctx context.Context) cloud {
	s := p.session(ctx).settings.Load()
	return cloud{
		region:      s.config.Region,
		iam:         iam.NewFromConfig(s.config),
		sts:         sts.NewFromConfig(s.config),
		defaultTags: s.defaultTags,
		propagation: p.propagation,
	}
}
