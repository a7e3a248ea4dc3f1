-- +goose Up

-- Workspaces that installed a Slack app by OAuth. What they gave us is encrypted before it comes here.
CREATE TABLE slack_install (
    app    TEXT NOT NULL, -- the app's client id
    team   TEXT NOT NULL, -- the workspace's id
    sealed TEXT NOT NULL, -- base64
    PRIMARY KEY (app, team)
);

-- +goose Down
SELECT 1;
