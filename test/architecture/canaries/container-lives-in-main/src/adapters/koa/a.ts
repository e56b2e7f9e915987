import { Container } from 'inversify';
export const a = Container;
