Page({
  data: { nickName: '', userId: '', isSaved: false, problem: '' },

  onShow() {
    return this.attempt(async () => this.show(await getApp().wexagon.me()));
  },

  /** 头像昵称填写: what the user typed, or picked from what WeChat proposes. */
  save({ detail }) {
    return this.attempt(async () => {
      this.show(await getApp().wexagon.updateProfile({ nickName: detail.value.nickName }));
      this.setData({ isSaved: true });
    });
  },

  logOut() {
    return this.attempt(async () => {
      await getApp().wexagon.logout();
      this.setData({ nickName: '', userId: '' });
    });
  },

  show({ user_id: userId, profile }) {
    this.setData({ userId, nickName: profile.nickName || '' });
  },

  async attempt(work) {
    this.setData({ isSaved: false, problem: '' });
    try {
      await work();
    } catch (error) {
      this.setData({ problem: error.message });
    }
  },
});
