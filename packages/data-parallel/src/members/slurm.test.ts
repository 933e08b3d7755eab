import { describe, expect, it } from 'vitest';
import { joinSettings } from './join-options.js';
import { expandCounts, expandNodes, slurmPlace } from './slurm.js';

describe('the variables of Slurm', () => {
  it('name nodes in ranges', () => {
    expect(expandNodes('n1')).toEqual(['n1']);
    expect(expandNodes('node[01-03,07],gpu1')).toEqual(['node01', 'node02', 'node03', 'node07', 'gpu1']);
    expect(expandNodes('rack[1-2]n[08-09]')).toEqual(['rack1n08', 'rack1n09', 'rack2n08', 'rack2n09']);
    expect(expandCounts('2(x3),1')).toEqual([2, 2, 2, 1]);
  });

  it('place the processes of several nodes node by node, which need trustNetwork', () => {
    const environment = { SLURM_PROCID: '2', SLURM_STEP_NODELIST: 'n[1-2]', SLURM_STEP_TASKS_PER_NODE: '2,1' };
    const place = { hosts: ['n1:4001', 'n1:4002', 'n2:4003'], index: 2 };
    expect(slurmPlace(environment)).toEqual(place);
    expect(slurmPlace({ ...environment, NFNETS_PORT: '5000' })!.hosts[2]).toBe('n2:5002');
    const NFNETS_NODES = '10.0.0.1,10.0.0.2';
    expect(slurmPlace({ ...environment, NFNETS_NODES })!.hosts).toEqual([
      '10.0.0.1:4001',
      '10.0.0.1:4002',
      '10.0.0.2:4003',
    ]);
    expect(() => joinSettings({}, environment, 4)).toThrow(/loopback addresses .* got n1:4001/);
    const { members, index } = joinSettings({ trustNetwork: true }, environment, 4);
    expect({ hosts: members.map(({ address }) => address), index }).toEqual(place);
  });

  it('place the processes of one node on loopback', () => {
    const environment = { SLURM_PROCID: '1', SLURM_STEP_NODELIST: 'n7', SLURM_STEP_TASKS_PER_NODE: '2' };
    const { members, index } = joinSettings({}, environment, 4);
    expect({ hosts: members.map(({ address }) => address), index }).toEqual({
      hosts: ['127.0.0.1:4001', '127.0.0.1:4002'],
      index: 1,
    });
  });

  it('are a group of one where there is one task, or no step of srun', () => {
    const alone = { SLURM_PROCID: '0', SLURM_STEP_NODELIST: 'n7', SLURM_STEP_TASKS_PER_NODE: '1' };
    expect([slurmPlace(alone), slurmPlace({}), slurmPlace({ SLURM_PROCID: '0' })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(joinSettings({}, alone, 4).members).toHaveLength(1);
  });

  it('give way to NFNETS_HOSTS, of which they number the processes, as an Indexed Job does', () => {
    const hosts = { NFNETS_HOSTS: '127.0.0.1:7,127.0.0.1:8' };
    const slurm = { SLURM_PROCID: '1', SLURM_STEP_NODELIST: 'n[1-3]', SLURM_STEP_TASKS_PER_NODE: '1(x3)' };
    expect(joinSettings({}, { ...hosts, ...slurm }, 4)).toMatchObject({
      index: 1,
      members: [{ port: 7 }, { port: 8 }],
    });
    expect(joinSettings({}, { ...hosts, JOB_COMPLETION_INDEX: '1' }, 4).index).toBe(1);
    expect(joinSettings({}, { ...hosts, ...slurm, NFNETS_INDEX: '0' }, 4).index).toBe(0);
  });
});
