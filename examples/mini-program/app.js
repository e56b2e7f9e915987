const { sandboxUser, baseUrl } = require('./config');
const { createMiniProgramClient } = require('./wexagon/mini-program');

App({
  onLaunch() {
    const loginCode = sandboxUser ? async () => `dev-${sandboxUser}` : undefined;
    this.wexagon = createMiniProgramClient({ baseUrl, wx, loginCode });
  },
});
